"""The concrete tree around what a finding flags: one statement of a file's own level, positions included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from msgspec import Struct

from hookproof.finding import Edit, Finding
from hookproof.source.text import SourceError
from hookproof.syntax.source_file import SourceFile

_Node = TypeVar("_Node", bound=cst.CSTNode)

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


class Flagged(Struct, frozen=True):
    """What a finding flags, in its statement: `nodes` lead from the statement's module down to it.

    Lines and columns are 1-based, the end column exclusive, as those of findings are.
    """

    finding: Finding
    file: SourceFile
    nodes: tuple[cst.CSTNode, ...]
    ranges: dict[cst.CSTNode, tuple[int, int, int, int]]

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
        return Edit(self.finding.path, *self.ranges[node], text)

    def insert_before(self, node: cst.CSTNode, text: str) -> Edit:
        """Return the edit that puts `text` where a node begins."""
        line, column, _, _ = self.ranges[node]
        return Edit(self.finding.path, line, column, line, column, text)

    def insert_after(self, node: cst.CSTNode, text: str) -> Edit:
        """Return the edit that puts `text` where a node ends."""
        _, _, line, column = self.ranges[node]
        return Edit(self.finding.path, line, column, line, column, text)

    def indent_of(self, node: cst.CSTNode) -> str:
        """Return what stands before a statement on its line, None of it code."""
        line, column, _, _ = self.ranges[node]
        return self.file.line_text(line)[: column - 1]


def flagged(finding: Finding, file: SourceFile) -> Flagged | None:
    """Return what a finding flags in the concrete tree; None where libcst does not find it there."""
    try:
        text, first = _statement_text(finding, file)
    except SourceError:
        return None
    wanted = (
        finding.line - first,
        finding.column - 1,
        finding.end_line - first,
        finding.end_column - 1,
    )
    try:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        finder = _HookFunctions(wanted)
        wrapper.visit(finder)
    except Exception:  # libcst ends in a KeyError, too, where code is deeply nested
        return None
    if finder.found is None:
        return None
    ranges = {
        node: (line + first, column + 1, end_line + first, end_column + 1)
        for node, (line, column, end_line, end_column) in finder.ranges.items()
    }
    return Flagged(finding, file, finder.found, ranges)


def _statement_text(finding: Finding, file: SourceFile) -> tuple[str, int]:
    """Return the text of the statement of the file's own level, and how many lines come before it."""
    blocks = file.outline.blocks
    holds = (block for block in blocks if block.line <= finding.line <= block.end_line)
    index = next((block.index for block in holds if block.owner is None), None)
    if index is None:
        raise SourceError(f"{file.path}: line {finding.line} belongs to no statement")
    return file.block_text(index), blocks[index].line - 1


class _HookFunctions(cst.CSTVisitor):
    """Finds the node at a position: an expression, or the function whose `def` line it is."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, wanted: tuple[int, int, int, int]) -> None:
        super().__init__()
        self._start, self._end = wanted[:2], wanted[2:]
        self._stack: list[cst.CSTNode] = []
        self.found: tuple[cst.CSTNode, ...] | None = None
        self.ranges: dict[cst.CSTNode, tuple[int, int, int, int]] = {}

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Keep the place of whatever may be edited with what is looked for; return whether to go on."""
        self._stack.append(node)
        found = self.get_metadata(PositionProvider, node, None)
        if not isinstance(node, cst.Module) and found is not None:
            start, end = (found.start.line, found.start.column), (found.end.line, found.end.column)
            self.ranges[node] = (*start, *end)
            if (start, end) == ((self._start[0], self._start[1]), (self._end[0], self._end[1])):
                if isinstance(node, cst.BaseExpression):
                    self.found = tuple(self._stack)
            elif isinstance(node, cst.FunctionDef) and start[0] <= self._start[0] <= end[0]:
                name = self.get_metadata(PositionProvider, node.name)
                if name.start.line == self._start[0] and self.found is None:
                    self.found = tuple(self._stack)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        """Go back to the node that this one is a part of."""
        self._stack.pop()
