"""The outline of a file: its top-level blocks and the methods of its classes, found without parsing.

Parsing costs many times as much as cutting, and most blocks of most files are never asked for.
`hookproof.syntax.lower` notices where a broken file has fooled the cutter.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from msgspec import Struct

from hookproof.syntax.logical_lines import Line, logical_lines
from hookproof.syntax.quick_lines import quick_lines

BlockKind: TypeAlias = Literal["def", "class", "import", "code", "method"]


class Block(Struct, frozen=True, array_like=True, gc=False):
    """A run of whole lines, `line` to `end_line`, that can be parsed alone.

    A block of kind `method` belongs to the class block whose index is `owner`, or to the class in it that
    `within` names (`Inner`, `Inner.Innermost`); a class block's own lines include its methods'. Comments and
    blank lines after a block belong to it. `name` is empty for imports and code; `start` and `end` are
    offsets into the text.
    """

    index: int
    kind: BlockKind
    name: str
    line: int
    end_line: int
    owner: int | None
    start: int
    end: int
    within: str = ""


class Outline(Struct, frozen=True, array_like=True, gc=False):
    """The blocks of a file in source order, a class before its methods."""

    blocks: tuple[Block, ...]


def outline(text: str, path: str = "<source>") -> Outline:
    r"""Return the outline of `text`, whose lines end in `\n`.

    A file with syntax errors has an outline too. Raises `SourceError` for brackets nested beyond what
    CPython's tokenizer takes, where the text had to be looked at that closely.
    """
    lines = quick_lines(text)
    return Outline(cut(text, list(logical_lines(text, path)) if lines is None else lines))


def cut(text: str, lines: list[Line]) -> tuple[Block, ...]:
    """Return the blocks of `text`, whose logical lines are `lines`; those within functions may be missing."""
    return tuple(_Cutter(text, lines).blocks())


# --- blocks ----------------------------------------------------------------------------------------

_HEAD = re.compile(
    r"(?:\\\n[ \t\f]*)*(?:"  # an empty line may be joined to that of the word
    r"(@)|(?:async[ \t]+)?(def)[ \t]+(\w+)|(class)[ \t]+(\w+)|(import|from)\b(?![ \t]*=)"
    r"|(else|elif|except|finally)\b)"
)


class _Cutter:
    """Cuts a text into blocks at its logical lines."""

    def __init__(self, text: str, lines: list[Line]) -> None:
        self.text = text
        self.lines = lines
        self.line, self.counted = 1, 0  # the line at the offset up to which newlines are counted
        self.made: list[Block] = []

    def blocks(self) -> list[Block]:
        """Return all blocks, in order."""
        pieces = self._pieces(0, len(self.lines), "")
        for number, (kind, name, first) in enumerate(pieces):
            last = pieces[number + 1][2] if number + 1 < len(pieces) else len(self.lines)
            index = self._add(kind, name, first, last, None)
            if kind == "class":
                self._cut_class(index, first, last)
        return self.made

    def _cut_class(self, owner: int, first: int, last: int, within: str = "") -> None:
        body, outer = first, self.lines[first].indent
        while body < last and self.lines[body].indent == outer:  # past decorators and the header
            body += 1
        if body == last:
            return
        pieces = self._pieces(body, last, self.lines[body].indent)
        names = [name for kind, name, _ in pieces if kind == "class"]
        for number, (kind, name, start) in enumerate(pieces):
            stop = pieces[number + 1][2] if number + 1 < len(pieces) else last
            if kind == "def":
                self._add("method", name, start, stop, owner, within)
            elif kind == "class" and names.count(name) == 1:
                self._cut_class(owner, start, stop, f"{within}.{name}" if within else name)

    def _pieces(self, first: int, last: int, indent: str) -> list[tuple[BlockKind, str, int]]:
        """Return (kind, name, number of its first logical line) of what stands at `indent`."""
        pieces: list[tuple[BlockKind, str, int]] = []
        decorated: int | None = None
        for number in range(first, last):
            line = self.lines[number]
            if line.indent != indent:
                continue
            match = _HEAD.match(self.text, line.code)
            if match and match[1]:
                decorated = number if decorated is None else decorated
                continue
            start = number if decorated is None else decorated
            decorated = None
            kind, name = _kind(match)
            if match and match[7] and pieces:
                continue
            if kind == "import" and pieces and pieces[-1][0] == "import":
                continue
            pieces.append((kind, name, start))
        if decorated is not None:  # decorators of nothing: a syntax error for the parser to report
            pieces.append(("code", "", decorated))
        return pieces

    def _add(
        self, kind: BlockKind, name: str, first: int, last: int, owner: int | None, within: str = ""
    ) -> int:
        start = self.lines[first].start
        end = self.lines[last].start if last < len(self.lines) else len(self.text)
        line = self._line_at(start)
        end_line = line + self.text.count("\n", start, end - 1)
        index = len(self.made)
        self.made.append(Block(index, kind, name, line, end_line, owner, start, end, within))
        return index

    def _line_at(self, offset: int) -> int:
        """Return the 1-based line at an offset, which is not before the one asked for last."""
        self.line += self.text.count("\n", self.counted, offset)
        self.counted = offset
        return self.line


def _kind(match: re.Match[str] | None) -> tuple[BlockKind, str]:
    if match is None:
        return "code", ""
    if match[2]:
        return "def", match[3]
    if match[4]:
        return "class", match[5]
    if match[6]:
        return "import", ""
    return "code", ""
