"""Places: the lines and columns of the numbered nodes of a block.

The parentheses around an expression are no part of it, those of tuples and generators neither.
"""

from __future__ import annotations

import ast
import re
import sys
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from hookproof.syntax.formatted_places import formatted_places
from hookproof.syntax.lower import lower_block
from hookproof.syntax.lower_expression import TypeComment

if TYPE_CHECKING:
    from hookproof.syntax.block_source import BlockSource

_Placed: TypeAlias = ast.expr | ast.stmt | ast.arg | ast.excepthandler
_HEAD = re.compile(r"(?:async(?:[ \t\f]|\\\n)+)?(?:def|class)(?:[ \t\f]|\\\n)+\w+")
_NAME = re.compile(r"\w+")
_COMMENT = re.compile(r"#[^\n]*")
_SPACE = re.compile(r"(?:\s|\\\n|#[^\n]*)*")
_CLOSING = re.compile(r"(?:\s|\\\n|#[^\n]*)*([),])")

Range: TypeAlias = tuple[int, int, int, int]


class Places:
    """The places of the nodes of one block, looked up one by one.

    Raises `SyntaxError` and `RecursionError` as `lower_block` does.
    """

    def __init__(self, source: BlockSource) -> None:
        lowering, _ = lower_block(source, 0)
        self._source = source
        self._nodes, self._formatted = lowering.nodes, lowering.formatted
        self._indices = {id(index) for index in lowering.indices}
        self._spans: dict[int, tuple[int, int]] = {}  # of nodes whose own places are wrong
        self._starts = [0, *(match.end() for match in re.finditer("\n", source.text))]

    def location(self, ordinal: int) -> Range:
        """Return line, column, end line and end column, 1-based, the end column exclusive."""
        if ordinal in self._formatted:
            self._spans = self._in_strings
        start, end = self._extent(self._nodes[ordinal])
        line, column = self._position(start)
        end_line, end_column = self._position(end)
        return self._source.file_line(line), column, self._source.file_line(end_line), end_column

    @cached_property
    def _in_strings(self) -> dict[int, tuple[int, int]]:
        """The extents of nodes in formatted strings, by identity, where Python itself says wrong ones."""
        found: dict[int, tuple[int, int]] = {}
        if sys.version_info < (3, 12):
            for ordinal, node in enumerate(self._nodes):
                if isinstance(node, ast.JoinedStr) and ordinal not in self._formatted:
                    start, end = self._span(node)
                    found |= formatted_places(node, self._source.text[start:end], start)
        return found

    def _extent(self, node: ast.AST | TypeComment) -> tuple[int, int]:
        """Return the offsets into the text between which a node stands."""
        if isinstance(node, TypeComment):
            start = self._starts[node.line - 1] + node.column
            return start, start + len(node.text)
        assert isinstance(node, _Placed)
        start, end = self._span(node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return start, _end(_HEAD, self._source.text, start)
        if isinstance(node, ast.arg):
            return start, _end(_NAME, self._source.text, start)
        if isinstance(node, ast.GeneratorExp):
            last = node.generators[-1]
            return self._inside(start, last.ifs[-1] if last.ifs else last.iter, end)
        if isinstance(node, ast.Tuple):
            return self._tuple_extent(node, start, end)
        return start, end

    def _tuple_extent(self, node: ast.Tuple, start: int, end: int) -> tuple[int, int]:
        if not node.elts:
            return start + 1, start + 1
        first, _ = self._span(node.elts[0])
        opened = _COMMENT.sub("", self._source.text[start:first]).count("(")
        if opened > len(self._closed_behind(node.elts[0])):
            return self._inside(start, node.elts[-1], end)
        if id(node) in self._indices:  # a comma behind the last index is none of it
            _, end = self._span(node.elts[-1])
            return start, max([end, *self._closed_behind(node.elts[-1])])
        return start, end

    def _inside(self, start: int, last: ast.expr, end: int) -> tuple[int, int]:
        """Return the extent without the parentheses at its ends; `last` is the last expression in it."""
        text = self._source.text
        first = _end(_SPACE, text, start + 1)
        _, behind = self._span(last)
        while (match := _CLOSING.match(text, behind)) and match.end() < end:
            behind = match.end()
        return first, behind

    def _closed_behind(self, node: ast.expr) -> list[int]:
        """Return the offsets behind the parentheses that close behind an expression."""
        ends: list[int] = []
        _, position = self._span(node)
        while (match := _CLOSING.match(self._source.text, position)) and match[1] == ")":
            position = match.end()
            ends.append(position)
        return ends

    def _span(self, node: _Placed) -> tuple[int, int]:
        if id(node) in self._spans:
            return self._spans[id(node)]
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        """Return the offset of a line and its column in bytes."""
        start = self._starts[line - 1]
        prefix = self._source.text[start : start + column]
        if prefix.isascii():
            return start + column
        return start + len(prefix.encode()[:column].decode())

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    assert match is not None
    return match.end()
