"""Compile: `torch.compile` makes a graph of a module at its first call, hooks included, and keeps it.

The fates are those that torch 2.13.0 was measured to give.
"""

from __future__ import annotations

from hookproof.worlds.world import EntryPoint, Family, Fate, Fates, Standing, World

_COMPILED = Standing(
    name="compiled by dynamo",
    heading="hook on a compiled module",
    fate="kept",
    meaning="The hook is part of what is compiled at the first call, if it is there by then.",
)

# What each of the listener's events comes to (`worlds.compile.compiling`).
_EVENT_FATES: dict[str, Fate] = {
    "registered after the first compiled call": "not called",
    "backward hook on the wrapper": "not called",
    "hook on the wrapper of what is called": "not called",
    "chosen by the name of before": "not called",
    "on the wrapper and on the module inside": "duplicated",
    "left out while compiling": "compiled",
    "breaks the full graph": "refused",
}

WORLDS = (
    World(
        name="compile",
        title="compiled by `torch.compile`",
        act="compiles",
        entry_points=(
            EntryPoint(qualname="torch.compile", keywords=("model",), decorates=True),
            EntryPoint(
                qualname="compile",
                is_method=True,
                returned="nothing",
                takes=("backend", "dynamic", "fullgraph", "mode", "options"),
            ),
        ),
        later=(
            EntryPoint(qualname="torch._dynamo.reset", argument=None),
            EntryPoint(qualname="torch.compiler.reset", argument=None),
            EntryPoint(qualname="torch.compiler.set_stance", argument=None),
        ),
        words=(
            "torch.compile(",
            "@torch.compile",
            ".compile()",
            ".compile(backend",
            ".compile(dynamic",
            ".compile(fullgraph",
            ".compile(mode",
            ".compile(options",
        ),
        standings=(_COMPILED,),
        sides=("in eager mode", "in the compiled module"),
        fates={
            "forward": Fates("kept", "kept", "kept"),
            "forward-pre": Fates("kept", "kept", "kept"),
            "backward": Fates("kept", "kept", "dropped"),
            "backward-pre": Fates("kept", "kept", "kept"),
            "state-dict": Fates("kept", "kept", "kept"),
            "parameter": Fates("kept", "kept", "kept"),
        },
        families=(Family("HKP7", "Does the hook run when its module is compiled?"),),
        tests=frozenset(
            {
                "torch.compiler.is_compiling",
                "torch.compiler.is_dynamo_compiling",
                "torch._dynamo.is_compiling",
                "torch._utils.is_compiling",
            }
        ),
        listener="hookproof.worlds.compile.compiling:Compiling",
        events=_EVENT_FATES,
    ),
)
