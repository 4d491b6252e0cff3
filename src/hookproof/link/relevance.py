"""Which functions are worth entering: those that register or script, and those that lead there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from msgspec import Struct

from hookproof.collect import ir
from hookproof.collect.source_file import SourceFile
from hookproof.link.definitions import FunctionDefinition
from hookproof.torchscript.atlas import global_hook_apis, hook_apis, legacy_utilities

_MAX_ROUNDS = 3
_MAX_FACTORY_LINES = 40

_ENTRIES = "script|trace|trace_module|freeze|optimize_for_inference|load"
_UTILITIES = r"\b(?:weight_norm|spectral_norm|remove_\w+_norm)\s*\(|\bprune\.\w+\s*\(|\bparametriz\w*\.\w+\s*\("
_JIT_ALIAS = re.compile(r"\btorch\.jit\s+as\s+(\w+)|\bjit\s+as\s+(\w+)")
_FROM_JIT = re.compile(r"\bfrom\s+torch\.jit(?:\.\w+)?\s+import\s+(\([^)]*\)|[^\n]*)")
_FROM_UTILS = re.compile(r"\bfrom\s+torch\.nn\.utils(?:\.\w+)?\s+import\s+(\([^)]*\)|[^\n]*)")
_IMPORTED = re.compile(r"(\w+)(?:\s+as\s+(\w+))?")

_IMPORTS = re.compile(r"\bimport\b")
# A function that takes a module or a hook; one that only takes `self` is run as well by itself.
_TAKES_ARGUMENTS = re.compile(r"\bdef\s+\w+\s*\(\s*(?:(?:self|cls)\s*,\s*)?(?!self\b|cls\b)[\w*]")
_CONSTRUCTORS = frozenset({"__init__", "__enter__", "__call__", "__new__"})
_UNTELLING = frozenset({"", "forward", "main", *_CONSTRUCTORS, "__exit__"})


class Relevance:
    """Remembers, file by file, which blocks register or script, and which call such a block by name."""

    def __init__(self) -> None:
        self._blocks: dict[str, frozenset[int]] = {}
        self._meets: dict[int, tuple[ir.Function, bool]] = {}

    def blocks(self, file: SourceFile) -> frozenset[int]:
        """Return the blocks of a file that are worth running."""
        if file.path not in self._blocks:
            self._blocks[file.path] = _relevant(file)
        return self._blocks[file.path]

    def connect(self, files: Iterable[SourceFile]) -> None:
        """Count the blocks that call relevant functions of other files, by names they import, as relevant."""
        files = tuple(files)
        for _ in range(_MAX_ROUNDS):
            exported = {name for file in files for name in self._exported(file)}
            changed = [file for file in files if self._add_callers(file, exported)]
            if not changed:
                return

    def _exported(self, file: SourceFile) -> Iterator[str]:
        stem = file.module.rpartition(".")[2]
        for index in self.blocks(file):
            for name in _called_as(file, index) - _UNTELLING:
                if file.outline.blocks[index].kind == "def" or name in file.outline.binds:
                    yield f"{stem}.{name}"

    def _add_callers(self, file: SourceFile, exported: set[str]) -> bool:
        binds, wanted = file.outline.binds, self.blocks(file)
        own = file.module.rpartition(".")[2]
        names = set()
        for dotted in exported:
            stem, _, name = dotted.partition(".")
            if stem != own and name in binds and _IMPORTS.search(file.block_text(binds[name][-1])):
                names.add(rf"\b{re.escape(name)}\s*[(,)]")
            elif stem != own and stem in binds:
                names.add(rf"\b{re.escape(dotted)}\s*[(,)]")
        if not names:
            return False
        pattern = re.compile("|".join(sorted(names)))
        fresh = {
            block.index
            for block in file.outline.blocks
            if block.index not in wanted
            and block.kind in {"def", "method", "code"}
            and pattern.search(file.block_text(block.index))
        }
        self._blocks[file.path] = wanted | fresh
        return bool(fresh)

    def meets(self, function: ir.Function) -> bool:
        """Return whether a function that is no block of its own names a hook API or an entry point."""
        if id(function) not in self._meets:
            self._meets[id(function)] = (function, any(name in _names() for name in _mentioned(function)))
        return self._meets[id(function)][1]

    def is_worth_entering(self, function: FunctionDefinition, depth: int) -> bool:
        """Return whether a call is followed: into relevant code always, into a small factory if it is near."""
        file, index = function.scope.file, function.function.at >> 20
        wanted = self.blocks(file)
        block = file.outline.blocks[index]
        if index in wanted and (block.kind != "class" or self.meets(function.function)):
            return True
        blocks = file.outline.blocks
        is_short = block.end_line - block.line <= _MAX_FACTORY_LINES
        if block.owner is not None and any(blocks[other].owner == block.owner for other in wanted):
            return is_short or function.function.name in _CONSTRUCTORS
        return depth <= 2 and is_short and "return" in file.block_text(index)


@cache
def _names() -> frozenset[str]:
    apis = {name.rpartition(".")[2] for name in (*hook_apis(), *global_hook_apis(), *legacy_utilities())}
    return frozenset({*apis, *_ENTRIES.split("|"), "to_torchscript"} - {"load", "remove", "identity"})


def _mentioned(node: object) -> Iterator[str]:
    """Yield every name and attribute in a piece of the facts."""
    pending = [node]
    while pending:
        found = pending.pop()
        if isinstance(found, tuple):
            pending.extend(found)
        elif isinstance(found, Struct):
            if isinstance(found, ir.Name):
                yield found.id
            elif isinstance(found, ir.Attribute):
                yield found.attr
            pending.extend(getattr(found, name) for name in found.__struct_fields__)


def _relevant(file: SourceFile) -> frozenset[int]:
    blocks, meeting = file.outline.blocks, _meeting(file.text)
    fresh = {index for index in file.mentioned if meeting.search(file.own_text(index))}
    wanted = set(fresh)
    for _ in range(_MAX_ROUNDS):
        names = {name for index in fresh for name in _called_as(file, index)} - _UNTELLING
        if not names:
            break
        pattern = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, names)))})\b\s*[(,)]")
        fresh = {
            block.index
            for block in blocks
            if block.index not in wanted
            and block.kind in {"def", "method", "code"}
            and pattern.search(file.block_text(block.index))
        }
        wanted |= fresh
    return frozenset(wanted)


def _meeting(text: str) -> re.Pattern[str]:
    """Return the pattern of a registration or a call of an entry point, as this file spells them.

    A mere `@torch.jit.script` is neither, nor is a hook on a tensor.
    """
    modules = {name for pair in _JIT_ALIAS.findall(text) for name in pair if name} | {"jit"}
    parts = [rf"\b(?:{'|'.join(sorted(modules))})\.(?:{_ENTRIES})\s*\(", r"\.to_torchscript\s*\(", _UTILITIES]
    parts += [name.rpartition(".")[2] + r"\b" for name in (*hook_apis(), *global_hook_apis())]
    imported = {
        asname or name
        for imports in (*_FROM_JIT.findall(text), *_FROM_UTILS.findall(text))
        for name, asname in _IMPORTED.findall(imports)
        if name[0].islower()
    }
    if imported:
        parts.append(rf"(?<![@.\w])(?:{'|'.join(sorted(imported))})\s*\(")
    return re.compile("|".join(parts))


def _called_as(file: SourceFile, index: int) -> set[str]:
    """Return the names by which other code may call a block."""
    blocks = file.outline.blocks
    block = blocks[index]
    if block.owner is not None and block.name in _CONSTRUCTORS:
        return {blocks[block.owner].name}
    if block.kind not in {"def", "method"} or not _TAKES_ARGUMENTS.search(file.block_text(index)):
        return set()
    return {block.name}
