"""What the blocks of all files looked at do through what they call, judged by text and to a fixed point."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import TypeVar

from hookproof.semantic.bases import DEFINED_MODULE
from hookproof.semantic.blocks import Exports, called_as, reachable, roles_of_callees
from hookproof.source.callers import Role
from hookproof.syntax.source_file import SourceFile
from hookproof.worker_pool import WorkerPool

# Names that say too little for a caller to be found by them, but for a function of the same file.
UNTELLING = frozenset(
    {"forward", "main", "run", "call", "apply", "get", "__init__", "__enter__", "__call__", "__new__"}
    | {"__exit__", *dir(builtins)}
) - {"compile"}

# An assignment at the level of a file or a class that gives functions another name.
_ASSIGNS = re.compile(
    r"^(?: {4}|\t)?(\w+)(?:\s*:[^=\n]+)?[ \t]*=[ \t]*"
    r"([^=\n(][^\n(]*|\w+ if .*|(?:functools\.)?(?:static|class|partial)(?:method)?\([^\n]*)$",
    re.MULTILINE,
)
_BOUND = re.compile(r"(\w+)(?:\s*:[^=\n]+)?[ \t]*=(?!=)")
_DECORATOR = re.compile(r"^@([\w.]+)", re.MULTILINE)
_CALLED_IN_CLASS = re.compile(r"^(?: {4}|\t)\w+(?:\s*:[^=\n]+)?[ \t]*=[ \t]*(?:\w+\.)*(\w+)\(", re.MULTILINE)
# How a class keeps those that derive from it, or finds them.
_LISTS_SUBCLASSES = re.compile(r"__(?:init_subclass|subclasses)__")
_LISTED = re.compile(r"\.(\w+)(?:\[[^\]\n]*\]\s*=(?!=)|\.(?:append|add|setdefault)\()[^\n]*\bcls\b")
_BASES = re.compile(r"(?:@[^\n]*\n)*class[ \t]+(\w+)[ \t]*\(([^()]*)\)")
# Where more files are looked at, what classes derive from tells too little (torch itself has 86).
MAX_FILES = 60
_WORD = re.compile(r"\w+")
# Where torch itself defines what the interpreter has rows for: `torch.load`, which half of torch calls.
_CARRIED_OUT = frozenset({"torch.serialization"})
# Where decorators come from that keep nothing.
_NO_KEEPERS = sys.stdlib_module_names | {"torch", "nn", "jit", "pytest"}

_Local = dict[str, dict[str, Role]]  # by file, by name
Exported = dict[str, dict[str, Role]]  # by name, by module
Key = TypeVar("Key")


class Spread:
    """The roles of blocks, file by file, those of what they call included; a block without one is missing.

    `own` is what happens in the blocks themselves. `roles` holds the roles and `callees` the functions with
    one that a block calls, both from the first `settle` on.
    """

    def __init__(self, files: Mapping[str, SourceFile], own: Mapping[str, dict[int, Role]]) -> None:
        self.files, self._own = dict(files), own
        self.roles = {path: dict(own.get(path, {})) for path in files}
        self.callees: dict[tuple[str, int], Mapping[str, Role]] = {}
        self._assigned: dict[str, list[tuple[str, frozenset[str]]]] = {}
        self._seen: tuple[_Local, Exported] = ({}, {})
        self._reached: _Local = {}
        self._local: _Local = {}

    def add(self, files: Mapping[str, SourceFile]) -> None:
        """Add files in which nothing happens but what they call."""
        self.files.update(files)
        self.roles.update((path, {}) for path in files)
        self._seen = ({}, {})  # they are asked for every name
        self._local.clear()

    def settle(self, pool: WorkerPool, first: Role = Role.NONE) -> None:
        """Give each block the roles of what it calls by name until none is new; `first` goes one call far."""
        passed = Role.REGISTERS | Role.ENTERS
        is_new = self._spread(pool, passed | first)
        while is_new:
            is_new = self._spread(pool, passed)

    def _spread(self, pool: WorkerPool, passed: Role) -> bool:
        """Give each block the roles of what it calls by name; return whether any is new.

        What has no new role since the last time needs no second look.
        """
        every = self.callables()
        local, exported = _news(every[0], self._seen[0]), _news(every[1], self._seen[1])
        self._seen = every
        files = tuple(self.files.values())
        methods = frozenset(name for names in every[0].values() for name in names) | self._untelling()
        exports = Exports(exported)

        kept = self._kept_by_decorators(every[0]) if len(files) <= MAX_FILES else {}

        def looked_at(file: SourceFile) -> tuple[dict[str, Role], dict[int, dict[str, Role]]]:
            reached = {**reachable(file, exports), **_taken_out(file, kept)}
            return reached, roles_of_callees(file, {**reached, **local.get(file.path, {})}, methods)

        is_new = False
        for file, (reached, found) in zip(files, pool.map(looked_at, files), strict=True):
            changed = _add(self._reached.setdefault(file.path, {}), reached)
            roles = self.roles[file.path]
            for index, names in found.items():
                role = reduce(or_, names.values())
                known = self.callees.get((file.path, index), {})
                self.callees[file.path, index] = {**known, **names}
                changed |= _add(roles, {index: role & passed})
            if changed:
                self._local.pop(file.path, None)
            is_new |= changed
        return is_new

    def is_telling(self, name: str, file: SourceFile) -> bool:
        """Whether callers in other files are known by a name: by each where few files define functions."""
        is_known = len(self.files) <= MAX_FILES and bool(file.names.blocks(name))
        return name not in UNTELLING or is_known

    def _untelling(self) -> frozenset[str]:
        """Return the names of methods with a role that tell enough behind their class: `Tool.apply(net)`."""
        blocks = (self.files[path].outline.blocks[index] for path in self.files for index in self.roles[path])
        return frozenset(block.name for block in blocks if block.owner is not None) & UNTELLING

    def callables(self) -> tuple[_Local, Exported]:
        """Return name -> role of what can be called, by file, and by name what other files can import."""
        for path, file in self.files.items():
            if path not in self._local:
                self._local[path] = self._named(file)
        local = dict(self._local)
        exported: Exported = {}
        for path, file in self.files.items():
            defined = {name: role for name, role in local[path].items() if file.names.blocks(name)}
            for name, role in (*defined.items(), *self.handed_on(file)):
                if self.is_telling(name, file):
                    _add(exported.setdefault(name, {}), {file.module: role})
        return local, exported

    @property
    def vocabulary(self) -> frozenset[str]:
        """The names that tell something: of what has a role, and of the modules and packages it is in."""
        local, exported = self.callables()
        names = {name for named in local.values() for name in named}
        for name, modules in exported.items():
            names.add(name)
            names.update(part for module in modules for part in module.split("."))
        return frozenset(names).union(*(reached for reached in self._reached.values()))

    def _kept_by_decorators(self, local: _Local) -> dict[str, Role]:
        """Return the last names of the files whose functions decorate, and may keep, what has a role."""
        found: dict[str, Role] = {}
        for path, names in local.items():
            file = self.files[path]
            for name, decorator in _decorated(file, whole=True) if names else ():
                head = decorator.partition(".")[0]
                origins = file.imports.origins.get(head, {head}) - _NO_KEEPERS if name in names else ()
                # A package hands on the names of the files in it.
                packages = file.module.split(".")[:-1] if origins else ()
                for origin in (*origins, *packages):
                    found[origin] = found.get(origin, Role.NONE) | names[name]
        return found

    def _named(self, file: SourceFile) -> dict[str, Role]:
        """Return name -> role of what a file itself defines."""
        if file.module in _CARRIED_OUT:
            return {}
        names: dict[str, Role] = {}
        own = self._own.get(file.path, ())
        for index, role in self.roles[file.path].items():
            block = file.outline.blocks[index]
            # Whoever makes an object may call any of its methods.
            outer = file.outline.blocks[block.owner].name if block.owner is not None else ""
            made = block.within.rpartition(".")[2] or outer
            if f"{file.module}.{made}" == DEFINED_MODULE.qualname:
                continue  # the interpreter carries out what it does
            # A table of functions, of which nothing was called so far.
            kept = _BOUND.match(file.text, block.start) if index not in own else None
            table = kept[1] if kept is not None and block.kind == "code" else ""
            whole = block.name if block.kind == "class" else ""
            called = {called_as(file, index), made, table, whole} - {""}
            _add(names, {name: role for name in called if name not in UNTELLING or block.kind == "def"})
        known = {**self._reached.get(file.path, {}), **names}
        for name, decorator in _decorated(file) if known else ():
            if decorator in known:
                _add(names, {name: known[decorator]})
        for name, bases in _derived(file) if known and len(self.files) <= MAX_FILES else ():
            role = reduce(or_, (known[base] for base in known.keys() & bases), Role.NONE)
            if role and name not in UNTELLING:
                _add(names, {name: role})
            if name in known and _LISTS_SUBCLASSES.search(file.text):
                above = bases.union(_LISTED.findall(file.text)) - UNTELLING
                _add(names, dict.fromkeys(above, known[name]))
        known = {**known, **names}
        for alias, words in self._assignments(file) if known else ():
            for name in known.keys() & words:
                _add(names, {alias: known[name]})
        return names

    def handed_on(self, file: SourceFile) -> Iterator[tuple[str, Role]]:
        """Yield what a file imports from others and others may import from it."""
        for name, role in self._reached.get(file.path, {}).items():
            if name in file.imports.origins or file.imports.opened:
                yield name, role

    def built_on(self, file: SourceFile) -> Iterator[str]:
        """Yield what a file's classes derive from, what decorates it, and what it gives another name."""
        yield from (base for _, bases in _derived(file) for base in bases)
        yield from (decorator for _, decorator in _decorated(file))
        yield from (word for _, words in self._assignments(file) for word in words)

    def _assignments(self, file: SourceFile) -> list[tuple[str, frozenset[str]]]:
        """Return what a file or a class in it assigns without a call: new name, words of the value."""
        if file.path not in self._assigned:
            self._assigned[file.path] = [
                (alias, frozenset(_WORD.findall(value)) - {alias})
                for block in file.outline.blocks
                if block.kind in {"code", "class"}
                for alias, value in _ASSIGNS.findall(file.text, block.start, block.end)
                if not alias.startswith("__")
            ]
        return self._assigned[file.path]


def _add(known: dict[Key, Role], more: Mapping[Key, Role]) -> bool:
    """Add roles to those that are known; return whether any is new."""
    changed = False
    for key, role in more.items():
        before = known.get(key, Role.NONE)
        if role not in before:
            known[key] = before | role
            changed = True
    return changed


def _news(
    now: Mapping[str, dict[str, Role]], before: Mapping[str, dict[str, Role]]
) -> dict[str, dict[str, Role]]:
    """Return the roles that are not as they were."""
    changed = {
        key: {name: role for name, role in roles.items() if before.get(key, {}).get(name) != role}
        for key, roles in now.items()
    }
    return {key: roles for key, roles in changed.items() if roles}


def _derived(file: SourceFile) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each class of a file with the last names of its bases, and of what it makes in its body."""
    for block in file.outline.blocks:
        if block.kind == "class":
            head = _BASES.match(file.text, block.start, block.end)
            bases = _WORD.findall(head[2]) if head is not None else ()
            made = _CALLED_IN_CLASS.findall(file.text, block.start, block.end)
            yield block.name, frozenset([*bases, *made])


def _taken_out(file: SourceFile, kept: Mapping[str, Role]) -> dict[str, Role]:
    """Return what a file imports from those that keep what they decorate, and the methods called on that."""
    origins = file.imports.origins if kept else {}
    found = {name: kept[origin] for name in origins for origin in origins[name] & kept.keys()}
    found.update((module, kept[module]) for module in file.imports.names & kept.keys())
    for name, role in list(found.items()):
        found.update(dict.fromkeys(file.in_text.called_on.get(name, ()), role))
    return found


def _decorated(file: SourceFile, *, whole: bool = False) -> Iterator[tuple[str, str]]:
    """Yield what a file defines with each function that decorates it: whoever calls it meets that."""
    for block in file.outline.blocks:
        if block.kind in {"class", "def"} and file.text.startswith("@", block.start):
            text = file.text[block.start : block.end]
            head = text.partition("\nclass ")[0].partition("\ndef ")[0].partition("\nasync ")[0]
            yield from (
                (block.name, words if whole else words.rpartition(".")[2])
                for words in _DECORATOR.findall(head)
            )
