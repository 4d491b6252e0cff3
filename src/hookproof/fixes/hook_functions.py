"""The concrete tree around what a finding flags: one statement of a file's own level, positions included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from msgspec import Struct

from hookproof.finding import Edit, Finding
from hookproof.source.text import SourceError
from hookproof.syntax.deep_stack import with_deep_stack
from hookproof.syntax.nesting import too_deep_line
from hookproof.syntax.source_file import SourceFile

_Node = TypeVar("_Node", bound=cst.CSTNode)

_MAX_TEXT = 300_000  # characters: a tree takes some 200 times the room

Range: TypeAlias = tuple[int, int, int, int]
"""Line, column, end line, end column."""

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


class Flagged(Struct, frozen=True):
    """What a finding flags, in its statement: `nodes` lead from the statement's module down to it.

    Lines and columns are 1-based, the end column exclusive, as those of findings are.
    """

    finding: Finding
    file: SourceFile
    nodes: tuple[cst.CSTNode, ...]
    ranges: dict[cst.CSTNode, Range]
    open: Callable[[str], SourceFile | None]

    @property
    def node(self) -> cst.CSTNode:
        """The flagged expression, or the hook's function."""
        return self.nodes[-1]

    @property
    def parent(self) -> cst.CSTNode:
        """What the flagged node is a part of."""
        return self.nodes[-2]

    def around(self, kind: type[_Node]) -> Iterator[_Node]:
        """Yield the nodes of a kind that the flagged one is within, from the innermost on."""
        yield from (node for node in reversed(self.nodes[:-1]) if isinstance(node, kind))

    @property
    def statement(self) -> Statement:
        """The innermost statement that the flagged node is part of."""
        return next(
            node
            for node in reversed(self.nodes)
            if isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement)
        )

    def code(self, node: cst.CSTNode) -> str:
        """Return the source text of a node as it stands in the file."""
        line, column, end_line, end_column = self.ranges[node]
        lines = [self.file.line_text(number) for number in range(line, end_line + 1)]
        lines[-1] = lines[-1][: end_column - 1]
        lines[0] = lines[0][column - 1 :]
        return "\n".join(lines)

    def replace(self, node: cst.CSTNode, text: str) -> Edit:
        """Return the edit that puts `text` in the place of a node."""
        return Edit(self.file.path, *self.ranges[node], text)

    def insert_before(self, node: cst.CSTNode, text: str) -> Edit:
        """Return the edit that puts `text` where a node begins."""
        line, column, _, _ = self.ranges[node]
        return Edit(self.file.path, line, column, line, column, text)

    def insert_after(self, node: cst.CSTNode, text: str) -> Edit:
        """Return the edit that puts `text` where a node ends."""
        _, _, line, column = self.ranges[node]
        return Edit(self.file.path, line, column, line, column, text)

    def indent_of(self, node: cst.CSTNode) -> str:
        """Return what stands before a statement on its line, None of it code."""
        line, column, _, _ = self.ranges[node]
        return self.file.line_text(line)[: column - 1]


def flagged(finding: Finding, open_file: Callable[[str], SourceFile | None]) -> Flagged | None:
    """Return what a finding flags in the concrete tree; None where libcst does not find it there.

    `open_file` gives a file by its path, None where it cannot be read.
    """
    wanted = (finding.line, finding.column, finding.end_line, finding.end_column)
    return _found(finding, finding.path, finding.line, open_file, lambda first: _Flagged(wanted, first))


def in_whole_file(place: Flagged) -> Flagged | None:
    """Return what is flagged in the tree of the whole file, where statements of its level stand beside it."""
    found = place.finding
    wanted = (found.line, found.column, found.end_line, found.end_column)
    return _found(found, found.path, None, place.open, lambda first: _Flagged(wanted, first))


def class_around(place: Flagged, path: str, line: int) -> Flagged | None:
    """Return the innermost class that a line of a file is in, None where there is none."""
    return _found(place.finding, path, line, place.open, lambda first: _ClassAround(line - first))


def _found(
    finding: Finding,
    path: str,
    line: int | None,
    open_file: Callable[[str], SourceFile | None],
    finder_of: Callable[[int], _Finder],
) -> Flagged | None:
    file = open_file(path)
    try:
        text, before = _statement_text(file, line) if file is not None else ("", 0)
        finder = finder_of(before)
        with_deep_stack(lambda: _walk(text, path, finder), path, 1)
    except Exception:  # libcst ends in a KeyError, too, where code is deeply nested
        return None
    if finder.found is None or file is None:
        return None
    ranges = {
        node: (line + before, column + 1, end_line + before, end_column + 1)
        for node, (line, column, end_line, end_column) in finder.ranges.items()
    }
    return Flagged(finding, file, finder.found, ranges, open_file)


def _walk(text: str, path: str, finder: _Finder) -> None:
    """Walk over a statement's tree. Raises `SourceError` for what would overflow the parser's stack."""
    if len(text) > _MAX_TEXT or too_deep_line(text) is not None:
        raise SourceError(f"{path}: too large or too deep to be fixed")
    MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True).visit(finder)


def _statement_text(file: SourceFile, line: int | None) -> tuple[str, int]:
    """Return the text of the statement of the file's own level at a line, and how many lines come before it.

    Without a line, that is the whole file. Raises `SourceError` where there is none.
    """
    if line is None:
        return file.text, 0
    blocks = file.outline.blocks
    holds = (block for block in blocks if block.line <= line <= block.end_line)
    index = next((block.index for block in holds if block.owner is None), None)
    if index is None:
        raise SourceError(f"{file.path}: line {line} belongs to no statement")
    return file.block_text(index), blocks[index].line - 1


class _Finder(cst.CSTVisitor):
    """Walks a statement, notes where its nodes are, and keeps the way to the one that is looked for."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self._stack: list[cst.CSTNode] = []
        self.found: tuple[cst.CSTNode, ...] | None = None
        self.ranges: dict[cst.CSTNode, Range] = {}

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Note the place of a node; go on."""
        self._stack.append(node)
        found = self.get_metadata(PositionProvider, node, None)
        if not isinstance(node, cst.Module) and found is not None:
            self.ranges[node] = (found.start.line, found.start.column, found.end.line, found.end.column)
            if self.is_wanted(node, self.ranges[node]):
                self.found = tuple(self._stack)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        """Go back to the node that this one is a part of."""
        self._stack.pop()

    def is_wanted(self, node: cst.CSTNode, range: Range) -> bool:
        """Whether this is what is looked for, rather than what was found before."""
        raise NotImplementedError


class _Flagged(_Finder):
    """Finds the expression with this range, or the function whose `def` line it begins on."""

    def __init__(self, wanted: Range, first: int) -> None:
        super().__init__()
        line, column, end_line, end_column = wanted
        self._wanted = (line - first, column - 1, end_line - first, end_column - 1)

    def is_wanted(self, node: cst.CSTNode, range: Range) -> bool:
        """Whether an expression is flagged, the innermost of those with one range."""
        if isinstance(node, cst.FunctionDef):
            name = self.get_metadata(PositionProvider, node.name)
            return name.start.line == self._wanted[0] and self.found is None
        return isinstance(node, cst.BaseExpression) and range == self._wanted


class _ClassAround(_Finder):
    """Finds the innermost class that a line is in."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self._line = line

    def is_wanted(self, node: cst.CSTNode, range: Range) -> bool:
        """Whether a class has the line; one within another comes later."""
        return isinstance(node, cst.ClassDef) and range[0] <= self._line <= range[2]
