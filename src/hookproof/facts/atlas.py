"""The atlas: what the probed torch does, read from the data that `tools/make_atlas.py` writes.

Whoever needs it is handed the `Facts` of a version; module classes are decoded one at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal, TypeVar

import msgspec

from hookproof.facts.types import AtlasEntry, TorchType

VERSION = "2.13.0"
"""The torch the shipped atlas was probed from."""

T = TypeVar("T")


class HookApi(msgspec.Struct, frozen=True):
    """One way to register a hook: its parameters without self, where the hook stands, and its options."""

    name: str
    parameters: tuple[str, ...]
    hook_index: int
    options: tuple[str, ...] = ()


class LegacyUtility(msgspec.Struct, frozen=True):
    """A function of torch.nn.utils that changes a module.

    `installs` is `hook object` (a callable object as forward pre-hook), `parametrization`, or `none`;
    `module_index` is the position of the module among its parameters, or of pairs of modules and names
    where it `takes_pairs`.
    """

    qualname: str
    aliases: tuple[str, ...]
    installs: str
    module_index: int = 0
    takes_pairs: bool = False


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


class Facts:
    """What is known of one version of torch; read from its file when it is asked for the first time."""

    def __init__(self, version: str = VERSION) -> None:
        self.version = version
        self._classes: dict[str, AtlasClass | None] = {}
        self._made: dict[object, Any] = {}

    def __reduce__(self) -> tuple[type[Facts], tuple[str]]:
        return Facts, (self.version,)

    @cached_property
    def _atlas(self) -> _Atlas:
        # Imported here: a run without hooks reads no more than VERSION.
        from importlib.resources import files

        data = files("hookproof.facts").joinpath("atlas", f"torch-{self.version}.json").read_bytes()
        return msgspec.json.decode(data, type=_Atlas)

    def once(self, make: Callable[[Facts], T]) -> T:
        """Return what `make` makes of these facts, made once."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    # --- hooks -----------------------------------------------------------------------------------------

    @cached_property
    def hook_apis(self) -> dict[str, HookApi]:
        """Every `register_*hook` method of `nn.Module`, public and private, by name."""
        return {api.name: api for api in self._atlas.hooks}

    @cached_property
    def global_hook_apis(self) -> dict[str, HookApi]:
        """The functions that register a hook on every module, by full name."""
        return {api.name: api for api in self._atlas.global_hooks}

    @cached_property
    def registering_names(self) -> frozenset[str]:
        """The last name of every function and method that registers a module hook."""
        return frozenset(name.rpartition(".")[2] for name in (*self.hook_apis, *self.global_hook_apis))

    @cached_property
    def legacy_utilities(self) -> dict[str, LegacyUtility]:
        """The torch.nn.utils functions that change a module, by every public name they have."""
        utilities = self._atlas.utilities
        return {name: utility for utility in utilities for name in (utility.qualname, *utility.aliases)}

    # --- modules ---------------------------------------------------------------------------------------

    def module_api(self, name: str, world: str, use: Literal["read", "call"]) -> AtlasEntry | None:
        """Return what reading or calling `nn.Module`'s own `name` does in a world, None where unknown.

        The worlds are those of the probe: `Standing.uses`, `traced-child` and `frozen`.
        """
        found = self._atlas.module.get(name, {}).get(world, {}).get(use)
        if found is None:
            return None
        status, exception, message = (*found, None, None)[:3]
        if status not in {"fine", "raises", "silent"}:
            return None
        return AtlasEntry(name, use, status, exception, message)  # type: ignore[arg-type]

    @property
    def module_attributes(self) -> dict[str, AtlasAttribute]:
        """`nn.Module`'s own attributes and methods."""
        return self._atlas.module_attributes

    def nn_class(self, qualname: str) -> AtlasClass | None:
        """Return torch's module class of that full name or public alias, None where it is not one."""
        if qualname not in self._classes:
            raw = self._atlas.classes.get(self._atlas.aliases.get(qualname, qualname))
            self._classes[qualname] = None if raw is None else msgspec.json.decode(raw, type=AtlasClass)
        return self._classes[qualname]

    def is_module_base(self, qualname: str) -> bool:
        """Return whether module classes of torch derive from a class of that full name, as `_ConvNd`."""
        classes = (self.nn_class(name) for name in self._atlas.classes)
        return any(found is not None and qualname in found.bases for found in classes)

    # --- functions and values --------------------------------------------------------------------------

    def function_returns(self, qualname: str) -> TorchType | None:
        """Return the type of what a function of torch (or a method, `torch.Tensor.relu`) always returns."""
        name = self._functions.get(qualname)
        return None if name is None else TorchType(name, None, True)

    def value_type(self, qualname: str) -> TorchType | None:
        """Return the type of a value of torch or of Python's `math`, such as `torch.float32`."""
        name = self._values.get(qualname)
        if name is None:
            return None
        if name.startswith("!"):
            return TorchType(None, name[1:], False, "no TorchScript type")
        return TorchType(name, None, True)

    @cached_property
    def _functions(self) -> dict[str, str]:
        return _by_name(self._atlas.functions)

    @cached_property
    def _values(self) -> dict[str, str]:
        return _by_name(self._atlas.values)


def _by_name(names: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: kind for kind, found in names.items() for name in found}
