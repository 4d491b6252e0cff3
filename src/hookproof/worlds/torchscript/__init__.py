"""TorchScript: the four worlds script, trace, freeze and load, and what they do to the hooks of a module.

Their fates are those that torch 2.13.0 was measured to give; what the listener knows besides, it decides.
"""

from __future__ import annotations

from hookproof.worlds.world import EntryPoint, Family, Fate, Fates, HookKind, Standing, World

_COMPILED = Standing(
    name="compiled",
    heading="compiled hook",
    fate="compiled",
    uses="compiled",
    meaning="The hook is there when its module is scripted: its body is compiled too, as TorchScript.",
)
_TRACED = Standing(
    name="traced",
    heading="Python hook on a traced module",
    fate="kept",
    uses="traced",
    meaning="The hook stays Python. It runs while its module is traced, or receives the traced module.",
)
_SCRIPT_MODULE = Standing(
    name="script-module",
    heading="Python hook on a ScriptModule",
    fate="kept",
    uses="script-module",
    meaning="The hook stays Python and receives a ScriptModule in place of its module.",
)
_REGISTRATION = Standing(
    name="registration",
    heading="registration",
    meaning="The hook does not get there: registering it is refused, or what is registered is lost.",
    is_there=False,
)

_FATE = Family("HKP1", "Is the hook there at all?")
_CALLABLE = Family("HKP2", "Can this callable be compiled as a hook?")
_COMPILED_USE = Family(
    "HKP3", "Do the module attributes it uses exist in the compiled world?", is_about_use=True
)
_PYTHON_USE = Family(
    "HKP4", "Do they exist on the ScriptModule that a Python hook receives?", is_about_use=True
)
_BODY = Family("HKP5", "Is the rest of the hook's body TorchScript?")

# What each of the listener's events comes to (`worlds.torchscript.events`).
_EVENT_FATES: dict[str, Fate] = {
    "registered on a ScriptModule": "refused",
    "loop reaches a ScriptModule": "refused",
    "registered on a trace with exports": "refused",
    "registered on a traced child": "not called",
    "unbound registration on a scripted child": "not called",
    "global hook skips scripted children": "not called",
    "registered after scripting": "not called",
    "passed over by a class test": "not called",
    "removed after scripting": "compiled",
    "runs while tracing": "runs once",
    "baked into the trace": "runs once",
    "backward hook dropped": "dropped",
    "state-dict hook dropped by script": "dropped",
    "backward hook before trace": "refused",
    "backward hook fails the trace's check": "refused",
    "hook before trace with exports": "refused",
    "dropped by freeze": "dropped",
    "forward called directly": "compiled",
    "called with fewer arguments": "compiled",
    "legacy utility before script": "refused",
    "parametrization before script": "refused",
    "installed hook before script": "refused",
    "global backward hook": "refused",
    "option lost": "compiled",
    "unguarded registration": "refused",
    "eager attribute read after scripting": "compiled",
}

_FATES_OF_SCRIPTED: dict[HookKind, Fates] = {
    "forward": Fates("compiled", "not called", "refused"),
    "forward-pre": Fates("compiled", "not called", "refused"),
    "backward": Fates("dropped", "not called", "refused"),
    "backward-pre": Fates("dropped", "not called", "refused"),
    "state-dict": Fates("dropped", "not called", "refused"),
    "parameter": Fates("kept", "kept", "kept"),
    "global forward": Fates("kept", "kept", "kept"),
    "utility": Fates("refused", "not called", "refused"),
}

# Of each, a file that goes there has one; whoever speaks of ScriptModules has them from `jit`.
_WORDS = ("jit", "to_torchscript")
_LISTENER = "hookproof.worlds.torchscript.lifecycle:Lifecycle"
_MODULE = ("obj", "func", "mod")

_SCRIPT = World(
    name="script",
    title="compiled by `torch.jit.script`",
    act="scripts",
    entry_points=(
        EntryPoint(qualname="torch.jit.script", keywords=_MODULE),
        EntryPoint(qualname="to_torchscript", is_method=True),
    ),
    words=_WORDS,
    standings=(_COMPILED, _SCRIPT_MODULE, _REGISTRATION),
    fates=_FATES_OF_SCRIPTED,
    families=(_FATE, _CALLABLE, _COMPILED_USE, _PYTHON_USE, _BODY),
    tests=frozenset({"torch.jit.is_scripting", "torch._jit_internal.is_scripting"}),
    suite="scripted",
    listener=_LISTENER,
    events=_EVENT_FATES,
    is_guessed=True,
    later=(EntryPoint(qualname="torch.jit.save", keywords=("m",), returned="nothing"),),
)
_TRACE = World(
    name="trace",
    title="recorded by `torch.jit.trace`",
    act="traces",
    entry_points=(
        EntryPoint(qualname="torch.jit.trace", keywords=_MODULE),
        EntryPoint(qualname="torch.jit.trace_module", keywords=_MODULE),
    ),
    words=_WORDS,
    standings=(_TRACED, _REGISTRATION),
    fates={
        "forward": Fates("runs once", "not called", "kept"),
        "forward-pre": Fates("runs once", "not called", "kept"),
        "backward": Fates("refused", "not called", "unknown"),
        "backward-pre": Fates("refused", "not called", "unknown"),
        "parameter": Fates("kept", "kept", "kept"),
        "global forward": Fates("kept", "kept", "kept"),
    },
    families=(_FATE, _PYTHON_USE),
    tests=frozenset({"torch.jit.is_tracing", "torch._C._get_tracing_state", "torch._C._is_tracing"}),
    suite="scripted",
    listener=_LISTENER,
    is_guessed=True,
)
_FREEZE = World(
    name="freeze",
    after="script",
    title="frozen by `torch.jit.freeze`",
    act="",
    entry_points=(
        EntryPoint(qualname="torch.jit.freeze", keywords=_MODULE),
        EntryPoint(qualname="torch.jit.optimize_for_inference", keywords=_MODULE),
    ),
    words=_WORDS,
    standings=(_COMPILED, _SCRIPT_MODULE, _REGISTRATION),
    fates={
        **_FATES_OF_SCRIPTED,
        "forward": Fates("dropped", "not called", "refused"),
        "forward-pre": Fates("dropped", "not called", "refused"),
        "parameter": Fates("dropped", "not called"),
    },
    families=(_FATE, _PYTHON_USE),
    suite="scripted",
    listener=_LISTENER,
    is_guessed=True,
)
_LOAD = World(
    name="load",
    after="script",
    title="read by `torch.jit.load`",
    act="",
    entry_points=(EntryPoint(qualname="torch.jit.load", argument=None),),
    words=_WORDS,
    standings=(_SCRIPT_MODULE, _REGISTRATION),
    fates={**_FATES_OF_SCRIPTED, "parameter": Fates("dropped", "not called", "kept")},
    families=(_FATE, _PYTHON_USE),
    suite="scripted",
    listener=_LISTENER,
    is_guessed=True,
)

WORLDS = (_SCRIPT, _TRACE, _FREEZE, _LOAD)
