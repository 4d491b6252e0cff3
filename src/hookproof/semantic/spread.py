"""What the blocks of all files looked at do through what they call, judged by text and to a fixed point."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_

from hookproof.semantic.bases import DEFINED_MODULE
from hookproof.semantic.blocks import called_as, imports_from, reachable, roles_of_callees
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
    r"^(?: {4}|\t)?(\w+)(?:\s*:[^=\n]+)?[ \t]*=[ \t]*([^=\n(][^\n(]*|\w+ if .*)$", re.MULTILINE
)
_BOUND = re.compile(r"(\w+)(?:\s*:[^=\n]+)?[ \t]*=(?!=)")
_DECORATOR = re.compile(r"^@([\w.]+)", re.MULTILINE)
_BASES = re.compile(r"(?:@[^\n]*\n)*class[ \t]+(\w+)[ \t]*\(([^()]*)\)")
# Where more files are looked at, what classes derive from tells too little (torch itself has 86).
_MAX_FILES = 60
_WORD = re.compile(r"\w+")
# Where torch itself defines what the interpreter has rows for: `torch.load`, which half of torch calls.
_CARRIED_OUT = frozenset({"torch.serialization"})

_Local = dict[str, dict[str, Role]]  # by file, by name
Exported = dict[str, dict[str, Role]]  # by name, by module


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

    def add(self, files: Mapping[str, SourceFile]) -> None:
        """Add files in which nothing happens but what they call."""
        self.files.update(files)
        self.roles.update((path, {}) for path in files)
        self._seen = ({}, {})  # they are asked for every name

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
        called = pool.map(
            lambda file: roles_of_callees(file, {**reachable(file, exported), **local.get(file.path, {})}),
            files,
        )
        changed = False
        for file, found in zip(files, called, strict=True):
            roles = self.roles[file.path]
            for index, names in found.items():
                role = reduce(or_, names.values())
                known = self.callees.get((file.path, index), {})
                self.callees[file.path, index] = {**known, **names}
                before = roles.get(index, Role.NONE)
                after = before | role & passed
                if after != before:
                    roles[index] = after
                    changed = True
        return changed

    def callables(self) -> tuple[_Local, Exported]:
        """Return name -> role of what can be called, by file, and by name what other files can import."""
        local: dict[str, dict[str, Role]] = {}
        exported: dict[str, dict[str, Role]] = {}
        for path, file in self.files.items():
            names = local[path] = {}
            for index, role in self.roles[path].items():
                block = file.outline.blocks[index]
                # Whoever makes an object may call any of its methods.
                outer = file.outline.blocks[block.owner].name if block.owner is not None else ""
                made = block.within.rpartition(".")[2] or outer
                if f"{file.module}.{made}" == DEFINED_MODULE.qualname or file.module in _CARRIED_OUT:
                    continue  # the interpreter carries out what it does
                # A table of functions, of which nothing was called so far.
                kept = _BOUND.match(file.text, block.start) if index not in self._own.get(path, ()) else None
                table = kept[1] if kept is not None and block.kind == "code" else ""
                for name in {called_as(file, index), made, table} - {""}:
                    if name in UNTELLING and block.kind != "def":
                        continue
                    names[name] = names.get(name, Role.NONE) | role
                    if name not in UNTELLING and file.names.blocks(name):
                        modules = exported.setdefault(name, {})
                        modules[file.module] = modules.get(file.module, Role.NONE) | role
            for name, decorator in _decorated(file) if names else ():
                if decorator in names:
                    names[name] = names.get(name, Role.NONE) | names[decorator]
                    if name not in UNTELLING and file.names.blocks(name):
                        modules = exported.setdefault(name, {})
                        modules[file.module] = modules.get(file.module, Role.NONE) | names[decorator]
            for name, bases in _derived(file) if len(self.files) <= _MAX_FILES else ():
                role = self._role_of(bases, names, file)
                if role and name not in UNTELLING:
                    names[name] = names.get(name, Role.NONE) | role
                    modules = exported.setdefault(name, {})
                    modules[file.module] = modules.get(file.module, Role.NONE) | role
            for alias, words in self._assignments(file) if names else ():
                for name in names.keys() & words:
                    names[alias] = names.get(alias, Role.NONE) | names[name]
        for file in self.files.values():
            _hand_on(file, exported)
        return local, exported

    def _role_of(self, bases: frozenset[str], names: Mapping[str, Role], file: SourceFile) -> Role:
        """Return what the classes of a file, or those that it imports, do that others derive from."""
        role = reduce(or_, (names[base] for base in names.keys() & bases), Role.NONE)
        seen = self._seen[1]
        for base in bases & file.imports.names & seen.keys():
            role = reduce(or_, seen[base].values(), role)
        return role

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


def _hand_on(file: SourceFile, exported: Exported) -> None:
    """Add what a file gives another name, and what a package gives that lies elsewhere."""
    taken = exported.keys() & file.imports.origins.keys() if file.is_package else ()
    for alias, name in (*file.imports.renamed, *((name, name) for name in taken)):
        for module, role in list(exported.get(name, {}).items()):
            if module != file.module and imports_from(file, name, module):
                modules = exported.setdefault(alias, {})
                modules[file.module] = modules.get(file.module, Role.NONE) | role


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
    """Yield each class of a file with the last names of its bases."""
    for block in file.outline.blocks:
        head = _BASES.match(file.text, block.start, block.end) if block.kind == "class" else None
        if head is not None:
            yield head[1], frozenset(_WORD.findall(head[2]))


def _decorated(file: SourceFile) -> Iterator[tuple[str, str]]:
    """Yield what a file defines with each function that decorates it: whoever calls it meets that."""
    for block in file.outline.blocks:
        if block.kind in {"class", "def"} and file.text.startswith("@", block.start):
            text = file.text[block.start : block.end]
            head = text.partition("\nclass ")[0].partition("\ndef ")[0].partition("\nasync ")[0]
            yield from ((block.name, words.rpartition(".")[2]) for words in _DECORATOR.findall(head))
