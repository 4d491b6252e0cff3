"""The concrete tree around what a finding flags: one statement of a file's own level, positions included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
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
_TREES = 32  # statements, or files, whose trees are kept: most findings share one with others

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
    ranges: _Ranges
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
    return _found(finding, finding.path, finding.line, open_file, lambda tree, first: tree.at(finding, first))


def in_whole_file(place: Flagged) -> Flagged | None:
    """Return what is flagged in the tree of the whole file, where statements of its level stand beside it."""
    found = place.finding
    return _found(found, found.path, None, place.open, lambda tree, first: tree.at(found, first))


def class_around(place: Flagged, path: str, line: int) -> Flagged | None:
    """Return the innermost class that a line of a file is in, None where there is none."""
    return _found(place.finding, path, line, place.open, lambda tree, first: tree.class_around(line - first))


def function_at(place: Flagged, path: str, line: int) -> Flagged | None:
    """Return the function whose name stands on a line of a file, None where there is none."""
    return _found(place.finding, path, line, place.open, lambda tree, first: tree.function_at(line - first))


def statement_at(place: Flagged, path: str, line: int) -> Flagged | None:
    """Return the statement without a body of its own that has a line of a file, None where there is none."""
    return _found(place.finding, path, line, place.open, lambda tree, first: tree.statement_at(line - first))


def _found(
    finding: Finding,
    path: str,
    line: int | None,
    open_file: Callable[[str], SourceFile | None],
    find: Callable[[_Tree, int], cst.CSTNode | None],
) -> Flagged | None:
    file = open_file(path)
    if file is None:
        return None
    try:
        text, before = _statement_text(file, line)
        tree = with_deep_stack(lambda: _tree(text), path, 1)
    except (SourceError, cst.ParserSyntaxError, UnicodeEncodeError):  # libcst's parser takes UTF-8 alone
        return None
    found = find(tree, before)
    if found is None:
        return None
    return Flagged(finding, file, tree.way_to(found), _Ranges(tree.ranges, before), open_file)


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


@lru_cache(maxsize=_TREES)
def _tree(text: str) -> _Tree:
    """Return the tree of a text.

    Raises `SourceError` for what would overflow the parser's stack, `RecursionError` for what takes a deeper
    one than there is, and libcst's `ParserSyntaxError`, or `UnicodeEncodeError` of what is not Unicode.
    """
    if len(text) > _MAX_TEXT or too_deep_line(text) is not None:
        raise SourceError("too large or too deep to be fixed")
    tree = _Tree()
    wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    try:
        wrapper.resolve(PositionProvider)
    except KeyError:  # on its way out of a RecursionError it asks for places that it has not come to
        raise RecursionError from None
    wrapper.visit(tree)
    return tree


class _Tree(cst.CSTVisitor):
    """Where the nodes of a text are, and what each is a part of; lines and columns as libcst has them."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self._stack: list[cst.CSTNode] = []
        self._parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self._expressions: dict[Range, cst.CSTNode] = {}  # the innermost of those with one range
        self._functions: dict[int, cst.CSTNode] = {}  # by the lines of their names
        self._classes: list[cst.CSTNode] = []  # one within another comes later
        self.ranges: dict[cst.CSTNode, Range] = {}

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Note the place of a node; go on."""
        if self._stack:
            self._parents[node] = self._stack[-1]
        self._stack.append(node)
        found = self.get_metadata(PositionProvider, node, None)
        if isinstance(node, cst.Module) or found is None:
            return True
        place = (found.start.line, found.start.column, found.end.line, found.end.column)
        self.ranges[node] = place
        if isinstance(node, cst.FunctionDef):
            self._functions.setdefault(self.get_metadata(PositionProvider, node.name).start.line, node)
        elif isinstance(node, cst.BaseExpression):
            self._expressions[place] = node
        elif isinstance(node, cst.ClassDef):
            self._classes.append(node)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        """Go back to the node that this one is a part of."""
        self._stack.pop()

    def at(self, finding: Finding, first: int) -> cst.CSTNode | None:
        """Return the expression that a finding flags, or the function on whose `def` line it begins."""
        place = (finding.line - first, finding.column - 1, finding.end_line - first, finding.end_column - 1)
        return self._expressions.get(place) or self._functions.get(place[0])

    def class_around(self, line: int) -> cst.CSTNode | None:
        """Return the innermost class that has a line."""
        around = (node for node in self._classes if self.ranges[node][0] <= line <= self.ranges[node][2])
        return max(around, key=lambda node: self.ranges[node][0], default=None)

    def function_at(self, line: int) -> cst.CSTNode | None:
        """Return the function whose name stands on a line."""
        return self._functions.get(line)

    def statement_at(self, line: int) -> cst.CSTNode | None:
        """Return the statement without a body of its own that has a line."""
        simple = (node for node in self.ranges if isinstance(node, cst.SimpleStatementLine))
        return next((node for node in simple if self.ranges[node][0] <= line <= self.ranges[node][2]), None)

    def way_to(self, node: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
        """Return the nodes from the module down to one."""
        way = [node]
        while way[-1] in self._parents:
            way.append(self._parents[way[-1]])
        return tuple(reversed(way))


class _Ranges(Struct, frozen=True):
    """The places of nodes in the file, of which there are so many lines before the text of the tree."""

    found: dict[cst.CSTNode, Range]
    before: int

    def __getitem__(self, node: cst.CSTNode) -> Range:
        line, column, end_line, end_column = self.found[node]
        return line + self.before, column + 1, end_line + self.before, end_column + 1
