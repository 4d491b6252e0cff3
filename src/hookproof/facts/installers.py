"""Functions of other packages that put hooks on the model they are given, as they were measured to.

`tools/probe_installers.py` runs them and compares. Where a package is part of the tree that is checked, what
its code does is read instead.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Kind: TypeAlias = Literal["forward", "forward-pre"]


class Refusal(Struct, frozen=True):
    """An error: the name of its class, and a regular expression for its message."""

    exception: str
    message: str


class Option(Struct, frozen=True):
    """An argument that decides whether hooks are installed: with one of `values`, or where it is left out."""

    keyword: str
    values: tuple[object, ...]
    position: int | None = None
    by_default: bool = False


class Installer(Struct, frozen=True):
    """What one function does to the model it is given, on the versions that it was `measured` on.

    `position` and `keyword` say which argument the model is, or a list of models. It registers `kinds` of
    hooks, `only_on_parts` of the model or on it as well; where it `leaves_hooks`, they stay when it returns,
    and scripting the model raises `when_scripted`. `for_part` and `for_whole` are what it raises where a part
    of the model, or the model, is a ScriptModule. With `options` any of them must hold. `asks_surroundings`
    tells that it does nothing in some of them, which no program need show. A class with `methods` does so
    once one of these is called.
    """

    names: tuple[str, ...]
    measured: str
    kinds: frozenset[Kind]
    keyword: str = "model"
    position: int = 0
    only_on_parts: bool = False
    asks_surroundings: bool = False
    leaves_hooks: bool = False
    for_part: Refusal | None = None
    for_whole: Refusal | None = None
    when_scripted: Refusal | None = None
    options: tuple[Option, ...] = ()
    removed_by: tuple[str, ...] = ()
    methods: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name it is called by in messages."""
        return self.names[0]


_BOTH: frozenset[Kind] = frozenset({"forward", "forward-pre"})
_FORWARD: frozenset[Kind] = frozenset({"forward"})
_REGISTERING = Refusal("RuntimeError", r"register_forward_(pre_)?hook is not supported on ScriptModules")
_VARIADIC = Refusal("NotSupportedError", "Compiled functions can't take variable number of arguments")
_NEW_BUFFER = Refusal("RuntimeError", "Can't add a new parameter after ScriptModule construction")
# What a `JitModelAnalysis` traces the model for, which it is given before.
_STATISTICS = frozenset(
    {"total", "by_operator", "by_module", "by_module_and_operator", "unsupported_ops", "uncalled_modules"}
)
_ATTRIBUTE = frozenset({"attribute"})

INSTALLERS = (
    Installer(
        ("torchsummary.summary",),
        "torchsummary 1.5.1",
        _FORWARD,
        only_on_parts=True,
        for_part=_REGISTERING,
        for_whole=_REGISTERING,
    ),
    Installer(
        ("thop.profile", "thop.profile.profile"),
        "thop 0.1.1",
        _FORWARD,
        for_part=_NEW_BUFFER,
        for_whole=_NEW_BUFFER,
    ),
    Installer(
        ("ptflops.get_model_complexity_info",),
        "ptflops 0.7.5",
        _FORWARD,
        for_whole=_REGISTERING,
        options=(Option("backend", ("pytorch",), by_default=True),),
    ),
    Installer(
        ("ptflops.get_model_complexity_info",),
        "ptflops 0.7.5",
        _BOTH,
        only_on_parts=True,
        leaves_hooks=True,
        when_scripted=Refusal(
            "NotSupportedError", "Compiled functions can't take variable number of arguments"
        ),
        options=(Option("backend", ("aten",)),),
    ),
    Installer(
        ("fvcore.nn.flop_count", "fvcore.nn.activation_count"),
        "fvcore 0.1.5",
        _BOTH,
        for_part=_REGISTERING,
        for_whole=_REGISTERING,
    ),
    Installer(
        ("fvcore.nn.FlopCountAnalysis", "fvcore.nn.flop_count.FlopCountAnalysis"),
        "fvcore 0.1.5",
        _BOTH,
        for_part=_REGISTERING,
        for_whole=_REGISTERING,
        methods=_STATISTICS,
    ),
    Installer(
        ("fvcore.nn.ActivationCountAnalysis", "fvcore.nn.activation_count.ActivationCountAnalysis"),
        "fvcore 0.1.5",
        _BOTH,
        for_part=_REGISTERING,
        for_whole=_REGISTERING,
        methods=_STATISTICS,
    ),
    Installer(
        ("captum.attr.DeepLift",),
        "captum 0.9.0",
        _BOTH,
        for_whole=_REGISTERING,
        methods=_ATTRIBUTE,
    ),
    *(
        Installer(
            (f"captum.attr.{name}",),
            "captum 0.9.0",
            _FORWARD,
            keyword="layer",
            position=1,
            for_whole=_REGISTERING,
            methods=_ATTRIBUTE,
        )
        for name in ("LayerActivation", "LayerGradCam")
    ),
    Installer(
        ("wandb.watch",),
        "wandb 0.31.0",
        _FORWARD,
        keyword="models",
        asks_surroundings=True,
        leaves_hooks=True,
        when_scripted=Refusal("RuntimeError", "Expected a single top-level function"),
        options=(Option("log", ("parameters", "all"), position=2),),
        removed_by=("wandb.unwatch",),
    ),
    Installer(
        ("wandb.watch",),
        "wandb 0.31.0",
        _FORWARD,
        keyword="models",
        only_on_parts=True,
        asks_surroundings=True,
        leaves_hooks=True,
        when_scripted=Refusal("UnsupportedNodeError", "Set aren't supported"),
        options=(Option("log_graph", (True,), position=5),),
        removed_by=("wandb.unwatch",),
    ),
)


def installers_of(qualname: str) -> tuple[Installer, ...]:
    """Return what is known of a function, by each of its ways to be called."""
    return _BY_NAME.get(qualname, ())


def removed_by(qualname: str) -> frozenset[str]:
    """Return the functions whose hooks a function takes off again."""
    return frozenset(name for each in INSTALLERS if qualname in each.removed_by for name in each.names)


_BY_NAME = {
    name: tuple(each for each in INSTALLERS if name in each.names)
    for name in dict.fromkeys(name for each in INSTALLERS for name in each.names)
}
NAMES = frozenset(_BY_NAME) | frozenset(name for each in INSTALLERS for name in each.removed_by)
"""The functions that are looked for in text, those that take hooks off again among them."""
