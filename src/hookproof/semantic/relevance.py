"""Which blocks are worth running and which functions worth entering, judged by their text alone.

A root is worth its time if a hook is registered in it, if it may bring a hook and an entry point together
through the functions it calls, or if it hands a hook to a wrapper that registers it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, reduce
from operator import or_
from typing import TypeAlias

from hookproof.facts.atlas import Facts
from hookproof.facts.entries import SET_UP_METHODS
from hookproof.facts.installers import NAMES as INSTALLERS
from hookproof.semantic.alike import is_alike
from hookproof.semantic.bases import DEFINED_MODULE
from hookproof.semantic.bindings import function_names
from hookproof.semantic.blocks import called_as, collected
from hookproof.semantic.chains import Importers, files_between
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.names import ANY_NAME
from hookproof.semantic.replaced import may_replace
from hookproof.semantic.spread import MAX_FILES, Spread
from hookproof.source.callers import Role
from hookproof.source.text import SourceError
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of
from hookproof.syntax.outline import Block, Outline
from hookproof.syntax.source_file import SourceFile
from hookproof.worker_pool import WorkerPool
from hookproof.worlds import registry

_MAX_FACTORY_LINES = 41  # of code, with that of the `def`
# Of modules that nothing calls, or that are not called by themselves.
_OF_UNCALLED = (
    "ModuleList(", "ModuleDict(", "MultiheadAttention(", "F.linear(", "functional.linear(", ".forward(",
)  # fmt: skip
_MAX_FACTORY_DEPTH = 2  # of calls; any where modules with hooks are handed on, or hooks taken off
_MAX_GIVING_LINES = 4
_MAX_DATA = 20_000  # characters; the longest table of hooks in the ten packages measured (ptflops) has 2,000

# A function that makes an object or another function; most small ones only compute.
_MAKES = re.compile(
    r"[)\]]\(|\blambda\b|\bpartial\b|\bnn\.|\b(?!\w*(?:Error|Exception|Warning)\b)[A-Z]\w*[a-z]\w*\(|\n\s+def\s"
)
# What one call leaves behind for the next: hooks taken off, their tables changed, globals set.
_LEAVES = re.compile(r"\.remove\(\)|ward(?:_pre)?_hooks\b|\n\s+global\s")
# What puts something into a table of the file, by its name in capitals, or into one of a class.
_FILLS = re.compile(
    r"\n\s+(?:[A-Z][A-Z0-9_]*|[A-Z]\w*\.\w+)"
    r"(?:\[[^\]\n]*\]\s*=(?!=)|\.(?:append|add|update|extend|setdefault|insert)\()"
)
_WALKS = re.compile(r"(?:modules|children)\(|\._modules\b")
# What sets, changes or deletes an attribute of something.
_SETS = re.compile(
    r"\.(\w+)(?:[ \t]*:[^=\n]+)?[ \t]*(?:[-+*/%@&|^]|//|\*\*)?=(?!=)|\bdel\s+\w+\.(\w+)"
    r"|\b(?:setattr|delattr)\(\s*[^,\n]+,\s*(?:[\"'](\w+)[\"'])?"
    r"|\.(?:register_buffer|register_parameter|add_module)\(\s*(?:[\"'](\w+)[\"'])?"
)
_INNER = re.compile(r"\blambda\b|\bpartial\b|\n\s+(?:async\s+)?def\s")
_CONSTRUCTORS = frozenset({"__init__", "__enter__", "__call__", "__new__"})
_FIXTURE = re.compile(r"\s*@(?:pytest\.)?fixture\b")
_DECORATOR = re.compile(r"^@([\w.]+)", re.MULTILINE)
_LINE_OF_CODE = re.compile(r"^[ \t]*[^\s#]", re.MULTILINE)


Collect: TypeAlias = Callable[[Facts, SourceFile], tuple[Outline, dict[int, Role]] | str]
"""Gives the blocks of a file and what happens in them, or why they are not known."""


def _as_entered(roles: Mapping[int, Role]) -> dict[int, Role]:
    """Have worlds that many files go to count as all others do: their callers are told of them."""
    return {index: role | Role.ENTERS if Role.COPIES in role else role for index, role in roles.items()}


class Relevance:
    """Remembers, file by file, what role each block plays; a block without one is missing.

    `importers` finds files that name neither a hook API nor an entry point themselves, but call functions
    that do; without it only `files` are looked at. `own` is what happens in blocks themselves, `roles` what
    happens in what they call too.
    """

    def __init__(
        self,
        files: Sequence[SourceFile],
        facts: Facts,
        on_failure: Callable[[str, SourceError], None],
        importers: Importers | None = None,
        pool: WorkerPool | None = None,
        collect: Collect = collected,
    ) -> None:
        self._pool = pool or WorkerPool()
        self._names = facts.once(_names)
        self._files: dict[str, SourceFile] = {}
        self._has_failed = False
        self._seeds = tuple(files)
        self.own: dict[str, dict[int, Role]] = {}
        # `torch` as a whole, which saves, and modules of Python carry out no more than that.
        carriers = tuple(f"{module}." for module in registry.entry_names() if "." in module)
        for file, found in zip(files, self._pool.map_files(partial(collect, facts), files), strict=True):
            if isinstance(found, str):
                on_failure(file.path, SourceError(found))
                self._has_failed = True
            # What carries out an entry point does not use it.
            elif not file.module.startswith(carriers):
                file.outline, self.own[file.path] = found
                self._files[file.path] = file
        if self.is_small(len(self._files)):
            self.own = {path: _as_entered(roles) for path, roles in self.own.items()}
        self._holds_function: dict[tuple[str, int], bool] = {}
        self._makes_object: dict[tuple[str, int], bool] = {}
        self._vocabulary = frozenset[str]()
        self._asked: dict[str, tuple[SourceFile, list[int], list[int]]] = {}
        self.named_elsewhere: dict[tuple[str, str], bool] = {}
        self._lines: dict[tuple[str, int], int] = {}
        self._set_names: dict[tuple[str, int], frozenset[str]] = {}
        if importers is not None:
            between, self._vocabulary = files_between(self._files, self.own, importers, self._pool)
            self._files.update(
                (path, file) for path, file in between.items() if not file.module.startswith(carriers)
            )
        spread = Spread(self._files, self.own)
        # Only the direct callers of a thin wrapper say what its hook is.
        spread.settle(self._pool, first=Role.TAKES_HOOK)
        self._vocabulary |= spread.vocabulary
        # The relevant functions that a block calls, and those whose hooks a caller takes off again.
        self.roles, self._callees = spread.roles, spread.callees
        self._undone = self._taken_off()
        self.registering_levels = {
            path: self._files[path].module
            for path, roles in self.roles.items()
            if any(Role.REGISTERS in role and self._is_code(path, index) for index, role in roles.items())
        }

    def _is_code(self, path: str, index: int) -> bool:
        return self._files[path].outline.blocks[index].kind == "code"

    def is_between(self, path: str) -> bool:
        """Whether a file is looked at only for it lies between others."""
        return path in self._files and all(path != file.path for file in self._seeds)

    def takes(self, files: Sequence[SourceFile], collect: Collect, facts: Facts) -> bool:
        """Put changed files in the place of what they were, if nothing said of others changes by that.

        Where it does, or may, nothing holds any more.
        """
        if self._has_failed or [file.path for file in files] != [file.path for file in self._seeds]:
            return False
        for file, before in zip(files, self._seeds, strict=True):
            if file is not before and not self._takes(file, before, collect(facts, file)):
                return False
        self._seeds = tuple(files)
        return True

    def _takes(
        self, file: SourceFile, before: SourceFile, found: tuple[Outline, dict[int, Role]] | str
    ) -> bool:
        path = file.path
        if isinstance(found, str) or path not in self._files:
            return False
        file.outline, own = found
        own = _as_entered(own) if self.is_small(len(self._files)) else own
        if own != self.own[path] or not is_alike(file, before, self._vocabulary):
            return False
        if self.may_import_hooks(file) != self.may_import_hooks(before):
            return False
        self._files[path] = file
        for known in (self._holds_function, self._makes_object, self._lines, self._set_names):
            for key in [key for key in known if key[0] == path]:
                del known[key]
        return True

    def roots(self, file: SourceFile) -> list[int]:
        """Return the blocks to run for the hooks they register, hand over or bring to an entry point."""
        return self._asked_once(file)[1]

    def entries(self, file: SourceFile) -> list[int]:
        """Return the other blocks that hold an entry point: they tell which classes leave eager mode."""
        return self._asked_once(file)[2]

    def _asked_once(self, file: SourceFile) -> tuple[SourceFile, list[int], list[int]]:
        known = self._asked.get(file.path)
        if known is None or known[0] is not file:
            roots = self._roots(file)
            own = self.own.get(file.path, {})
            entries = sorted(
                index for index, role in own.items() if Role.LEAVES in role and index not in roots
            )
            known = self._asked[file.path] = (file, roots, entries)
        return known

    def _roots(self, file: SourceFile) -> list[int]:
        own, roles = self.own.get(file.path, {}), self.roles.get(file.path, {})
        # The statements of a file's own level are blocks of their own, but run as one.
        blocks = file.outline.blocks
        level = {index for index in roles if self.runs_at_level(file, blocks[index])}
        joint = reduce(or_, (roles[index] for index in level), Role.NONE)
        # A script that calls a function of its own that registers may go on to use what nothing calls.
        is_own = any(Role.REGISTERS in role for role in own.values()) and (
            any(word in file.text for word in _OF_UNCALLED) or may_replace(file.text)
        )
        if joint & (Role.ENTERS | Role.COPIES) and self.may_import_hooks(file):
            joint |= Role.REGISTERS
        return sorted(
            index
            for index, role in roles.items()
            if Role.REGISTERS in own.get(index, Role.NONE)
            or (joint if index in level else role | self._set_up(file, blocks[index])).is_meeting
            or Role.TAKES_HOOK in role
            or (Role.REGISTERS in role and ((is_own and index in level) or self._decides(file, index)))
        )

    def may_import_hooks(self, file: SourceFile) -> bool:
        """Return whether a file may import one that registers hooks where it is imported."""
        others = [module for path, module in self.registering_levels.items() if path != file.path]
        if not self.is_small(len(self._files)):  # where all is imported from everywhere, only by itself
            return not file.imports.names.isdisjoint(module.rpartition(".")[2] for module in others)
        return any(module.partition(".")[0] in file.text for module in others)

    def _set_up(self, file: SourceFile, block: Block) -> Role:
        """Return what happens before a test method: in the set-up methods and fixtures of its class."""
        if block.kind != "method" or not block.name.startswith("test"):
            return Role.NONE
        before = (
            role
            for index, role in self.roles.get(file.path, {}).items()
            if (other := file.outline.blocks[index]).kind == "method"
            and (other.owner, other.within) == (block.owner, block.within)
            and (other.name in SET_UP_METHODS or _FIXTURE.match(file.text, other.start))
        )
        return reduce(or_, before, Role.NONE)

    def _decides(self, file: SourceFile, index: int) -> bool:
        """Whether a caller of a registration says which modules get the hook, or what becomes of it."""
        callees = self._callees.get((file.path, index), {})
        return (
            not self._undone.isdisjoint(callees)
            or any(Role.ON_EACH in role for role in callees.values())
            or ".remove()" in file.block_text(index)
        )

    def is_worth_running(self, file: SourceFile, block: Block) -> bool:
        """Return whether a statement of a file's own level is run: a huge one without a role is mere data."""
        return block.end - block.start <= _MAX_DATA or block.index in self.roles.get(file.path, {})

    def runs_at_level(self, file: SourceFile, block: Block) -> bool:
        """Return whether a block runs with its file: statements, a `def` that its decorator may register."""
        if block.kind == "code":
            return True
        if block.kind != "def" or not file.text.startswith("@", block.start):
            return False
        decorators = _DECORATOR.findall(file.text, block.start, block.end)
        names = self._names
        return any(
            words[-1] in names or self._role_of(file, words[0])
            for words in (decorator.split(".") for decorator in decorators)
        )

    def _role_of(self, file: SourceFile, name: str) -> bool:
        roles, blocks = self.roles.get(file.path, {}), file.outline.blocks
        return any(
            Role.REGISTERS in roles.get(index, Role.NONE) and blocks[index].kind == "def"
            for index in file.names.blocks(name)
        )

    def meets(self, function: ir.Function, file: SourceFile) -> bool:
        """Return whether a function of a file, no block of its own, names a hook API or an entry point."""
        is_near = block_of(function.at) in self.own.get(file.path, {})
        return is_near and not function_names(function).isdisjoint(self._names)

    def has_role(self, block: int, file: SourceFile) -> bool:
        """Return whether hooks or entry points are met in a block, or in what it calls."""
        return block in self.roles.get(file.path, {})

    def is_about_hooks(self, function: ir.Function, file: SourceFile) -> bool:
        """Return whether a function meets hooks, or handles the tables that keep them."""
        block = block_of(function.at)
        return self.has_role(block, file) or "_hooks" in file.block_text(block)

    def may_register(self, function: ir.Function, file: SourceFile) -> bool:
        """Return whether an inner function meets hooks, or applies another function that may."""
        block = file.outline.blocks[block_of(function.at)]
        applies = file.text.find("apply", block.start, block.end) >= 0
        return self.meets(function, file) or (applies and "apply" in function_names(function))

    def is_worth_entering(
        self, function: FunctionDefinition, depth: int, bases: Iterable[object], *, carries: bool
    ) -> bool:
        """Return whether a call is followed: into relevant code always, into a small factory if it is near.

        `carries` tells that it is given a script module, a handle or a module with hooks; `bases` are what
        the class of a method derives from.
        """
        file, index = function.scope.file, function.block_index
        roles = self.roles.get(file.path, {})
        blocks = file.outline.blocks
        block = blocks[index]
        if index in roles and (block.kind != "class" or self.meets(function.function, file)):
            return True
        is_short = self._code_lines(function) <= _MAX_FACTORY_LINES
        if block.owner is not None and (
            any(blocks[other].owner == block.owner for other in roles) or any(map(self._has_role, bases))
        ):
            return is_short or function.name in _CONSTRUCTORS
        is_deep = depth > _MAX_FACTORY_DEPTH and not carries
        if not is_short or (is_deep and not _LEAVES.search(file.block_text(index))):
            return False
        if not carries and (file.path, index) not in self._makes_object:
            text = file.block_text(index)
            makes = "return" in text and _MAKES.search(text) is not None
            gives = "return" in text and self._code_lines(function) <= _MAX_GIVING_LINES
            walks = ("yield" in text or "return" in text) and _WALKS.search(text) is not None
            leaves = _LEAVES.search(text) is not None or _FILLS.search(text) is not None
            self._makes_object[file.path, index] = makes or gives or walks or leaves
        return carries or self._makes_object[file.path, index]

    def _has_role(self, base: object) -> bool:
        """Return whether methods of a class of the project meet hooks; torch's own are carried out."""
        if not isinstance(base, ClassDefinition) or base.qualname == DEFINED_MODULE.qualname:
            return False
        blocks = base.scope.file.outline.blocks
        own = block_of(base.node.at)
        return any(blocks[index].owner == own for index in self.roles.get(base.scope.file.path, {}))

    def _code_lines(self, function: FunctionDefinition) -> int:
        """Return the lines of the block a function stands in, without remarks and empty ones."""
        file, index = function.scope.file, function.block_index
        key = (file.path, index)
        if key not in self._lines:
            self._lines[key] = len(_LINE_OF_CODE.findall(file.block_text(index)))
        return self._lines[key]

    def set_names(self, function: FunctionDefinition) -> frozenset[str]:
        """Return what a function may set on what it is given, by its text; `ANY_NAME` for any name."""
        file, index = function.scope.file, function.block_index
        key = (file.path, index)
        if key not in self._set_names:
            text = file.block_text(index)
            self._set_names[key] = frozenset("".join(names) or ANY_NAME for names in _SETS.findall(text))
        return self._set_names[key]

    def may_make_function(self, function: FunctionDefinition) -> bool:
        """Return whether the text around a function holds another one."""
        file, index = function.scope.file, function.block_index
        key = (file.path, index)
        if key not in self._holds_function:
            text = file.block_text(index)
            # Words are found at the speed of memory, and most functions have none of them.
            is_likely = "lambda" in text or "partial" in text or text.find("def ", text.find("(")) >= 0
            self._holds_function[key] = is_likely and _INNER.search(text) is not None
        return self._holds_function[key]

    def is_named_elsewhere(self, name: str, file: SourceFile) -> bool:
        """Return whether another file looked at speaks of something of that name."""
        key = (file.path, name)
        if key not in self.named_elsewhere:
            others = (other for other in self._files.values() if other.path != file.path)
            self.named_elsewhere[key] = any(name in other.text for other in others)
        return self.named_elsewhere[key]

    @staticmethod
    def is_small(files: int) -> bool:
        """Whether so few files are looked at that names tell more."""
        return files <= MAX_FILES

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files looked at: those given that can be parsed, then those that call into them."""
        return tuple(self._files.values())

    def _taken_off(self) -> frozenset[str]:
        """Return the functions that leave their hook to their callers, one of which takes it off."""
        leaving = {
            called_as(file, index)
            for path, file in self._files.items()
            for index, role in self.own.get(path, {}).items()
            if Role.REGISTERS in role and ".remove()" not in file.block_text(index)
        }
        removing = (
            names
            for (path, index), names in self._callees.items()
            if ".remove()" in self._files[path].block_text(index)
        )
        return frozenset().union(*removing) & leaving


def _names(facts: Facts) -> frozenset[str]:
    utilities = {name.rpartition(".")[2] for name in facts.named.legacy_utilities}
    installers = {name.rpartition(".")[2] for name in INSTALLERS}
    known = {*facts.registering_names, *utilities, *installers, *registry.names_with_module()}
    return frozenset(known - {"remove", "identity"})
