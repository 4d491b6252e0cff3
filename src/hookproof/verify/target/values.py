"""Makes up values for annotations, and spells values as a script can have them."""

from __future__ import annotations

import collections.abc
import enum
import functools
import inspect
import typing
from typing import Any
from unittest import mock

from .installed import nn, torch


def spell_arguments(arguments: Any) -> str:
    """Return the text of a call's arguments, given by name or by position."""
    if isinstance(arguments, dict):
        return ", ".join("{}={}".format(n, spell_value(v) or repr(v)) for n, v in arguments.items())
    return ", ".join(spell_value(v) or repr(v) for v in arguments)


def spell_inputs(arguments: tuple[Any, ...]) -> str:
    """Return the text of inputs like these."""
    return "({})".format("".join((spell_value(value) or repr(value)) + ", " for value in arguments))


_BRACKETS: dict[Any, str] = {list: "[{}]", tuple: "({},)", set: "{{{}}}"}


_MAXIMAL_DEPTH = 4
# What a library is handed to talk to, whose methods may give anything.
_SERVICES = frozenset({"client", "logger", "session", "tracker", "trainer", "writer"})
_spelled: list[tuple[Any, str]] = []  # the objects made here, with the text of the call that makes one


def spell_value(value: Any) -> str | None:
    """Return an expression for a value like this one, None where there is no short one."""
    if isinstance(value, torch.Tensor):
        shape = ", ".join(map(str, value.shape)) or "()"
        is_real = value.is_floating_point()
        kind = "torch.rand({})" if is_real else "torch.zeros({}, dtype={})"
        return kind.format(shape, value.dtype)
    for made, text in _spelled:
        if made is value:
            return text
    if isinstance(value, enum.Enum):
        return "{}.{}".format(type(value).__qualname__, value.name)
    if type(value) is nn.Linear:
        return "nn.Linear({}, {})".format(value.in_features, value.out_features)
    if value is None or type(value) in (bool, int, float, str, bytes):
        return repr(value)
    if type(value) in _BRACKETS and value:
        parts = [spell_value(v) for v in list(value)[:20]]
        return None if None in parts else _BRACKETS[type(value)].format(", ".join(map(str, parts)))
    if type(value) in (list, tuple):
        return repr(value)
    if type(value) is dict:
        pairs = [(spell_value(k), spell_value(v)) for k, v in list(value.items())[:20]]
        if any(None in pair for pair in pairs):
            return None
        return "{" + ", ".join("{}: {}".format(k, v) for k, v in pairs) + "}"
    return None


_SIZES: dict[str, tuple[Any, ...]] = {
    "Linear": (4, 4),
    "Bilinear": (4, 4, 4),
    "Embedding": (10, 4),
    "EmbeddingBag": (10, 4),
    "MultiheadAttention": (4, 2),
    "ModuleList": ([nn.Linear(4, 4)],),
    "Sequential": (nn.Linear(4, 4), nn.ReLU()),
    "ModuleDict": ({"fc": nn.Linear(4, 4)},),
    "TransformerEncoderLayer": (4, 2),
    "TransformerDecoderLayer": (4, 2),
}
for _rank in "123":
    _SIZES["Conv{}d".format(_rank)] = _SIZES["ConvTranspose{}d".format(_rank)] = (3, 4, 3)


def argument_choices(cls: Any, depth: int = 0) -> typing.Iterator[tuple[str, Any]]:
    """Yield how a class may be called: what to say of it, and the arguments by name or by position.

    Nothing is said of a call without arguments. `depth` counts the classes that this one is made for.
    """
    known = _SIZES.get(cls.__name__) if cls.__module__.startswith("torch.") else None
    if known:
        yield "small sizes", known
    yield "", {}
    try:
        parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    except (TypeError, ValueError):
        return
    required = [
        p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    try:
        hints = typing.get_type_hints(cls.__init__)
    except Exception:
        hints = {}
    for size in (4, 2, 8):
        yield (
            "values made from annotations",
            {p.name: make_value(hints.get(p.name), p.name, size, depth) for p in required},
        )


def _make_object(cls: Any, depth: int) -> Any:
    """Return an instance of a class, made with values that its annotations ask for in their turn."""
    if issubclass(cls, enum.Enum):
        return next(iter(cls))
    error: BaseException | None = None
    for _, arguments in argument_choices(cls, depth + 1) if depth < _MAXIMAL_DEPTH else ():
        try:
            made = cls(**arguments) if isinstance(arguments, dict) else cls(*arguments)
        except BaseException as caught:
            error = caught
            continue
        if "<locals>" not in cls.__qualname__:
            prefix = "nn." if cls.__module__.startswith("torch.nn.") else ""
            _spelled.append((made, "{}{}({})".format(prefix, cls.__qualname__, spell_arguments(arguments))))
        return made
    raise error or TypeError("{} needs too many other objects".format(cls.__qualname__))


_SEQUENCES = (collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)


def _nothing(*_: Any, **__: Any) -> None:
    """Stand for a function that a function is given."""


def make_value(annotation: Any, name: str = "", size: int = 4, depth: int = 0) -> Any:
    """Return some value of the annotated type; without one, guess from the name, else a small integer."""
    make = functools.partial(make_value, name=name, size=size, depth=depth)
    origin = getattr(annotation, "__origin__", None)
    arguments: tuple[Any, ...] = getattr(annotation, "__args__", ())
    if annotation is torch.Tensor:
        return torch.rand(2, size)
    simple = {int: size, float: 0.5, bool: False, str: "relu" if "act" in name else "a", type(None): None}
    if isinstance(annotation, type) and annotation in simple:
        return simple[annotation]
    if origin is typing.Union or type(annotation).__name__ == "UnionType":
        return None if type(None) in arguments else make(arguments[0])
    if origin is getattr(typing, "Literal", ()):
        return arguments[0]
    if origin in (list, typing.List, *_SEQUENCES) and arguments:
        return [make(arguments[0])]
    if origin in (tuple, typing.Tuple) and arguments:
        return tuple(make(a) for a in arguments if a is not Ellipsis)
    if origin in (dict, typing.Dict) and arguments:
        return {make(arguments[0]): make(arguments[1])}
    if annotation is nn.Module:
        return nn.Linear(4, 4)
    if isinstance(annotation, type) and annotation not in (list, tuple, dict, object):
        return _make_object(annotation, depth)
    guesses = (
        ("model", nn.Linear(4, 4)),
        ("module", nn.Linear(4, 4)),
        ("layer", nn.Linear(4, 4)),
        ("backbone", nn.Linear(4, 4)),
        ("encoder", nn.Linear(4, 4)),
        ("name", "a"),
    )
    for part, value in guesses:
        if part in name:
            return value
    if name in _SERVICES:
        return mock.MagicMock()
    if name.endswith(("fns", "hooks", "callbacks", "locs", "patterns")):
        return [make_value(None, name[:-1], size, depth)]
    if name.endswith(("fn", "hook", "callback")):
        return _nothing
    if name.endswith(("loc", "pattern")):
        return "*"
    if name in ("x", "input", "inputs", "tensor", "example", "example_inputs", "batch"):
        return torch.rand(2, size)
    return size
