"""The atlas: what the probed torch does, read from the data that `tools/make_atlas.py` writes.

It is loaded on first use, once; module classes are decoded one at a time as they are asked for.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from hookproof.facts.types import AtlasEntry, TorchType

VERSION = "2.13.0"
"""The torch the shipped atlas was probed from."""

ModuleWorld = Literal["compiled", "script-module", "traced", "traced-child", "frozen"]


class HookApi(msgspec.Struct, frozen=True):
    """One way to register a hook: its parameters without self, where the hook stands, and its options."""

    name: str
    parameters: tuple[str, ...]
    hook_index: int
    options: tuple[str, ...] = ()


class LegacyUtility(msgspec.Struct, frozen=True):
    """A function of torch.nn.utils that changes a module.

    `installs` is `hook object` (a callable object as forward pre-hook), `parametrization`, or `none`;
    `module_index` is the position of the module among its parameters.
    """

    qualname: str
    aliases: tuple[str, ...]
    installs: str
    module_index: int = 0


class AtlasParameter(msgspec.Struct, frozen=True):
    """A parameter of forward, with its type as TorchScript prints it."""

    name: str
    type: str | None = None
    has_default: bool = False


class AtlasSignature(msgspec.Struct, frozen=True):
    """The signature of forward as TorchScript compiled it; that of an overloaded one is not known."""

    parameters: tuple[AtlasParameter, ...]
    returns: str | None = None
    is_overloaded: bool = False


class AtlasAttribute(msgspec.Struct, frozen=True):
    """One attribute of a module class of torch.

    `kind` is as in `AttributeFact`; `type` is its TorchScript type, None where it has none or where it
    depends on the constructor's arguments (`varies`). `compiled`, `scripted` and `traced` tell whether it
    is there in compiled code, on the RecursiveScriptModule and on the traced module.
    """

    kind: str
    type: str | None = None
    python: str | None = None
    scriptable: bool | None = None
    varies: bool = False
    compiled: bool | None = None
    scripted: bool | None = None
    traced: bool | None = None


class AtlasClass(msgspec.Struct, frozen=True):
    """A public module class of torch; `bases` are all its base classes, nearest first."""

    qualname: str
    aliases: tuple[str, ...]
    bases: tuple[str, ...]
    constructor: tuple[str, ...]
    is_container: bool
    is_probed: bool
    compiles: bool | None = None
    forward: AtlasSignature | None = None
    attributes: dict[str, AtlasAttribute] = {}


class _Atlas(msgspec.Struct, frozen=True):
    torch: str
    hooks: tuple[HookApi, ...]
    global_hooks: tuple[HookApi, ...]
    utilities: tuple[LegacyUtility, ...]
    module: dict[str, dict[str, dict[str, tuple[str, ...]]]]
    module_attributes: dict[str, AtlasAttribute]
    aliases: dict[str, str]
    classes: dict[str, msgspec.Raw]
    functions: dict[str, tuple[str, ...]]
    values: dict[str, tuple[str, ...]]


@cache
def _atlas() -> _Atlas:
    # Imported here: a run without hooks reads no more than VERSION.
    from importlib.resources import files

    data = files("hookproof.facts").joinpath("atlas", f"torch-{VERSION}.json").read_bytes()
    return msgspec.json.decode(data, type=_Atlas)


@cache
def hook_apis() -> dict[str, HookApi]:
    """Return every `register_*hook` method of `nn.Module`, public and private, by name."""
    return {api.name: api for api in _atlas().hooks}


@cache
def global_hook_apis() -> dict[str, HookApi]:
    """Return the functions that register a hook on every module, by full name."""
    return {api.name: api for api in _atlas().global_hooks}


@cache
def legacy_utilities() -> dict[str, LegacyUtility]:
    """Return the torch.nn.utils functions that change a module, by every public name they have."""
    return {name: utility for utility in _atlas().utilities for name in (utility.qualname, *utility.aliases)}


@cache
def module_api(name: str, world: ModuleWorld, use: Literal["read", "call"]) -> AtlasEntry | None:
    """Return what reading or calling `nn.Module`'s own `name` does in a world, None where unknown."""
    found = _atlas().module.get(name, {}).get(world, {}).get(use)
    if found is None:
        return None
    status, exception, message = (*found, None, None)[:3]
    if status not in {"fine", "raises", "silent"}:
        return None
    return AtlasEntry(name, use, status, exception, message)  # type: ignore[arg-type]


@cache
def module_attributes() -> dict[str, AtlasAttribute]:
    """Return `nn.Module`'s own attributes and methods."""
    return _atlas().module_attributes


@cache
def nn_class(qualname: str) -> AtlasClass | None:
    """Return torch's module class of that full name or public alias, None where it is not one."""
    atlas = _atlas()
    raw = atlas.classes.get(atlas.aliases.get(qualname, qualname))
    return None if raw is None else msgspec.json.decode(raw, type=AtlasClass)


@cache
def _by_name(table: str) -> dict[str, str]:
    names: dict[str, tuple[str, ...]] = getattr(_atlas(), table)
    return {name: kind for kind, found in names.items() for name in found}


def function_returns(qualname: str) -> TorchType | None:
    """Return the type of what a function of torch (or a method, `torch.Tensor.relu`) always returns."""
    name = _by_name("functions").get(qualname)
    return None if name is None else TorchType(name, None, True)


def value_type(qualname: str) -> TorchType | None:
    """Return the type of a value of torch or of Python's `math`, such as `torch.float32`."""
    name = _by_name("values").get(qualname)
    if name is None:
        return None
    return (
        TorchType(None, name[1:], False, "no TorchScript type")
        if name.startswith("!")
        else TorchType(name, None, True)
    )
