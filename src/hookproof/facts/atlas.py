"""The atlas: what each probed torch does, read from the data that `tools/make_atlas.py` writes.

Whoever needs it is handed the `Facts` of a version; module classes are decoded one at a time. One version is
stored whole, the others as what differs from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec

from hookproof.facts import deltas
from hookproof.facts.types import AtlasEntry, TorchType
from hookproof.worlds.world import PARAMETER_HOOKS

BASE = "2.13.0"
"""The version whose facts are stored whole, and which the project's own tests ask."""

SHIPPED = ("1.8.1", "1.12.1", "2.0.1", "2.4.1", "2.6.0", "2.9.1", "2.11.0", "2.13.0", "2.14.1", "2.15.0")
"""The versions whose facts are stored, oldest first."""

VERSION = SHIPPED[-1]
"""The version that is spoken of where a project says nothing."""

OPTIONS = frozenset({"always_call", "prepend", "with_kwargs"})
"""What registering methods came to take besides the hook."""

T = TypeVar("T")
Question: TypeAlias = tuple[str, ...]
"""What facts were asked: the name of the table or method, and its arguments."""


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


class _asked(cached_property[T]):  # noqa: N801  # as `cached_property` is called
    """A table whose use is noted, for another version answers the same or not."""

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        if instance is None:
            return self
        assert self.attrname is not None
        instance.asked.add((self.attrname,))
        return super().__get__(instance, owner)


class _Atlas(msgspec.Struct, frozen=True):
    torch: str
    python: str
    hooks: tuple[HookApi, ...]
    global_hooks: tuple[HookApi, ...]
    utilities: tuple[LegacyUtility, ...]
    module: dict[str, dict[str, dict[str, tuple[str, ...]]]]
    module_attributes: dict[str, AtlasAttribute]
    aliases: dict[str, str]
    classes: dict[str, Any]
    functions: dict[str, tuple[str, ...]]
    values: dict[str, tuple[str, ...]]
    language: dict[str, bool | None]
    entry_points: dict[str, bool]
    fates: dict[str, Any]


def raw_facts(version: str) -> dict[str, Any]:
    """Return the facts of a shipped version, or of a file with the path `version`, as they are stored.

    Raises `OSError` where there is no such file, `ValueError` where it holds no facts.
    """
    stored = _stored(version)
    if "base" not in stored:
        return stored
    return {**deltas.applied(raw_facts(stored["base"]), stored["changes"]), "torch": stored["torch"]}


def all_shipped(*tables: str) -> dict[str, dict[str, Any]]:
    """Return these tables of all shipped versions, oldest first, as they are stored; this is quick."""
    whole = _stored(BASE)
    base = {table: whole[table] for table in tables}
    found = {}
    for version in SHIPPED:
        changes = {} if version == BASE else _stored(version)["changes"]
        here = {table: changes[table] for table in tables if table in changes}
        found[version] = deltas.applied(base, here)
    return found


def _stored(version: str) -> dict[str, Any]:
    if version in SHIPPED:
        # Imported here: a run without hooks reads no more than VERSION.
        from importlib.resources import files

        data = files("hookproof.facts").joinpath("atlas", f"torch-{version}.json").read_bytes()
    else:
        with open(version, "rb") as file:
            data = file.read()
    stored = msgspec.json.decode(data)
    if not isinstance(stored, dict) or "torch" not in stored:
        raise ValueError(f"{version}: holds no facts of torch")
    return stored


class Facts:
    """What is known of one version of torch; read from its file when it is asked for the first time.

    `version` is one of `SHIPPED`, or the path of a file that `hookproof facts probe` wrote.
    """

    def __init__(self, version: str = VERSION) -> None:
        self.version = version
        self._classes: dict[str, AtlasClass | None] = {}
        self._made: dict[object, Any] = {}
        self.asked: set[Question] = set()

    def __reduce__(self) -> tuple[type[Facts], tuple[str]]:
        return Facts, (self.version,)

    @cached_property
    def _atlas(self) -> _Atlas:
        return msgspec.convert(raw_facts(self.version), type=_Atlas)

    def once(self, make: Callable[[Facts], T]) -> T:
        """Return what `make` makes of these facts, made once."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def answer(self, question: Question) -> object:
        """Return what was answered to a question, of these facts or of others."""
        table, *arguments = question
        found = getattr(self, table)
        answer = found(*arguments) if arguments else found
        # What else a class is called changes nothing for who has found it.
        return msgspec.structs.replace(answer, aliases=()) if isinstance(answer, AtlasClass) else answer

    def check(self) -> None:
        """Read all of it. Raises `ValueError` where something has another form."""
        for qualname in self._atlas.classes:
            self.nn_class(qualname)

    # --- hooks -----------------------------------------------------------------------------------------

    @_asked
    def hook_apis(self) -> dict[str, HookApi]:
        """Return every `register_*hook` method of `nn.Module`, public and private, by name."""
        return {api.name: api for api in self._atlas.hooks}

    @_asked
    def global_hook_apis(self) -> dict[str, HookApi]:
        """Return the functions that register a hook on every module, by full name."""
        return {api.name: api for api in self._atlas.global_hooks}

    @cached_property
    def named(self) -> Facts:
        """The facts that say what text is looked for: those of the newest version, which has all names."""
        return self if self.version == VERSION else Facts(VERSION)

    @cached_property
    def registering_names(self) -> frozenset[str]:
        """The last name of every function and method that registers a hook of a model, in any version."""
        names = (*self.hook_apis, *self.global_hook_apis, *self.named.hook_apis, *self.named.global_hook_apis)
        return PARAMETER_HOOKS.union(name.rpartition(".")[2] for name in names)

    @_asked
    def legacy_utilities(self) -> dict[str, LegacyUtility]:
        """Return the torch.nn.utils functions that change a module, by every public name they have."""
        utilities = self._atlas.utilities
        return {name: utility for utility in utilities for name in (utility.qualname, *utility.aliases)}

    def takes(self, api: str, options: Iterable[str]) -> bool:
        """Return whether a way of registering hooks, where it is torch's, has those of torch's options."""
        known = self.hook_apis.get(api) or self.global_hook_apis.get(api)
        return known is None or OPTIONS.intersection(options) <= {*known.parameters}

    # --- entry points ---------------------------------------------------------------------------------

    def lacks_entry_point(self, qualname: str) -> bool:
        """Return whether a function of torch was looked for and is not there."""
        self.asked.add(("lacks_entry_point", qualname))
        return self._atlas.entry_points.get(qualname) is False

    def refuses(self, what: str) -> bool:
        """Return whether something that hooks are written with is refused, False where that was not probed.

        `what` is a name of `hookproof.probe.language`.
        """
        self.asked.add(("refuses", what))
        return self._atlas.language.get(what) is False

    @property
    def fates(self) -> dict[str, Any]:
        """World -> kind of hook -> moment of its registration -> fate, or place -> fate, as probed."""
        return self._atlas.fates

    # --- modules ---------------------------------------------------------------------------------------

    def module_api(self, name: str, world: str, use: Literal["read", "call"]) -> AtlasEntry | None:
        """Return what reading or calling `nn.Module`'s own `name` does in a world, None where unknown.

        The worlds are those of the probe: `Standing.uses`, `traced-child` and `frozen`.
        """
        self.asked.add(("module_api", name, world, use))
        found = self._atlas.module.get(name, {}).get(world, {}).get(use)
        if found is None:
            return None
        status, exception, message = (*found, None, None)[:3]
        if status not in {"fine", "raises", "silent"}:
            return None
        return AtlasEntry(name, use, status, exception, message)  # type: ignore[arg-type]

    @_asked
    def module_attributes(self) -> dict[str, AtlasAttribute]:
        """`nn.Module`'s own attributes and methods."""
        return self._atlas.module_attributes

    def nn_class(self, qualname: str) -> AtlasClass | None:
        """Return torch's module class of that full name or public alias, None where it is not one."""
        self.asked.add(("nn_class", qualname))
        if qualname not in self._classes:
            raw = self._atlas.classes.get(self._atlas.aliases.get(qualname, qualname))
            self._classes[qualname] = None if raw is None else msgspec.convert(raw, type=AtlasClass)
        return self._classes[qualname]

    def is_module_base(self, qualname: str) -> bool:
        """Return whether module classes of torch derive from a class of that full name, as `_ConvNd`."""
        self.asked.add(("is_module_base", qualname))
        return any(qualname in found["bases"] for found in self._atlas.classes.values())

    # --- functions and values --------------------------------------------------------------------------

    def function_returns(self, qualname: str) -> TorchType | None:
        """Return the type of what a function of torch (or a method, `torch.Tensor.relu`) always returns."""
        self.asked.add(("function_returns", qualname))
        name = self._functions.get(qualname)
        return None if name is None else TorchType(name, None, True)

    def value_type(self, qualname: str) -> TorchType | None:
        """Return the type of a value of torch or of Python's `math`, such as `torch.float32`."""
        self.asked.add(("value_type", qualname))
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
