"""The outline of a file: its top-level blocks and the methods of its classes, found without parsing.

Parsing with libcst costs some fifty times as much as this scan, and most blocks of most files are never asked
for. The scan only has to know strings, comments, brackets and line continuations to find where a logical line
starts; `hookproof.collect.lower` notices where a broken file has fooled it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from hookproof.collect.binding import bound_names
from hookproof.source.text import SourceError

BlockKind: TypeAlias = Literal["def", "class", "import", "code", "method"]


class Block(Struct, frozen=True, array_like=True, gc=False):
    """A run of whole lines, `line` to `end_line`, that can be parsed alone.

    A block of kind `method` belongs to the class block whose index is `owner`; a class block's own lines
    include its methods'. Comments and blank lines after a block belong to it. `name` is empty for imports and
    code; `start` and `end` are offsets into the text.
    """

    index: int
    kind: BlockKind
    name: str
    line: int
    end_line: int
    owner: int | None
    start: int
    end: int


class Outline(Struct, frozen=True, array_like=True, gc=False):
    """The blocks of a file in source order, a class before its methods, and what they may bind.

    `binds` maps each top-level name to the blocks that may bind it, too many rather than too few; `*` stands
    for a star import. A function that declares a name `global` counts as binding it.
    """

    blocks: tuple[Block, ...]
    binds: dict[str, tuple[int, ...]]


def outline(text: str, path: str = "<source>") -> Outline:
    r"""Return the outline of `text`, whose lines end in `\n`.

    A file with syntax errors has an outline too. Raises `SourceError` for brackets nested beyond what
    CPython's tokenizer takes, which would overflow the parser's stack.
    """
    blocks = tuple(_Cutter(text, path).blocks())
    binds: dict[str, list[int]] = {}
    for block in blocks:
        if block.kind in ("def", "class"):
            binds.setdefault(block.name, []).append(block.index)
        for name in bound_names(block.kind, text[block.start : block.end]):
            indices = binds.setdefault(name, [])
            if not indices or indices[-1] != block.index:
                indices.append(block.index)
    return Outline(blocks, {name: tuple(indices) for name, indices in binds.items()})


# --- logical lines ---------------------------------------------------------------------------------

# CPython's tokenizer refuses more ("too many nested parentheses"); libcst's parser overflows the stack.
_MAX_BRACKETS = 200

_PLAIN_STRING = (
    r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\[\s\S]|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\[\s\S])*"'
    r"|'(?:[^'\\\n]|\\[\s\S])*'"
)
_FORMATTED_START = (  # the quotes of a formatted string; `if"…"` is none
    r"""([\"'](?:(?<=(?<!\w)[fFtT].)|(?<=(?<!\w)[fFtT][rR].)|(?<=(?<!\w)[rR][fFtT].))"""
    r"""(?:(?<=\")\"\"|(?<=')'')?)"""
)
# Each alternative starts with a literal, so that `search` skips everything else at once.
_TOKEN = re.compile(
    r"\n([ \t\f]*)(?=[^\s#])"  # 1: the indentation of a line with code
    r"|\([^'\"#\\()\[\]{}\n]*\)"
    r"|([(\[{])|([)\]}])"  # 2, 3: brackets
    r"|#[^\n]*|\\\n"
    rf"|{_FORMATTED_START}"  # 4
    rf"|{_PLAIN_STRING}"
)
_IN_FIELD = re.compile(rf"([(\[{{])|([)\]}}])|(:)|!=|{_FORMATTED_START}|{_PLAIN_STRING}|#[^\n]*")
_FORMATTED_TEXT = {
    quotes: re.compile(rf"\\[\s\S]|\{{\{{|({quotes})|(\{{)|(\}})" + ("" if len(quotes) == 3 else r"|(\n)"))
    for quotes in ('"""', "'''", '"', "'")
}


def _formatted_string_end(text: str, position: int, quotes: str) -> int:
    """Return where the formatted string ends whose text starts at `position`; `position` if it never does."""
    pattern, start = _FORMATTED_TEXT[quotes], position
    while match := pattern.search(text, position):
        position = match.end()
        if match.lastindex == 1:
            return position
        if match.lastindex == 4:
            return start
        if match.lastindex == 2:
            position = _field_end(text, position, quotes)
            if position < 0:
                return start
    return start


def _field_end(text: str, position: int, quotes: str) -> int:
    """Return where the replacement field ends whose expression starts at `position`, or -1."""
    depth = 0
    while match := _IN_FIELD.search(text, position):
        position = match.end()
        kind = match.lastindex
        if kind == 1:
            depth += 1
        elif kind == 2:
            if depth == 0:
                return position
            depth -= 1
        elif kind == 3 and depth == 0:
            return _format_spec_end(text, position, quotes)
        elif kind == 4:
            position = _formatted_string_end(text, position, match[4])
    return -1


def _format_spec_end(text: str, position: int, quotes: str) -> int:
    pattern = _FORMATTED_TEXT[quotes]
    while match := pattern.search(text, position):
        position = match.end()
        if match.lastindex == 3:
            return position
        if match.lastindex in (1, 4):
            return -1
        if match.lastindex == 2:
            position = _field_end(text, position, quotes)
            if position < 0:
                return -1
    return -1


class _Line(NamedTuple):
    start: int  # of the physical line
    indent: str
    code: int  # where its first token starts


def _logical_lines(text: str, path: str) -> Iterator[_Line]:
    """Yield the logical lines of `text`, without blank lines and comments."""
    padded = "\n" + text  # so that the first line follows a newline too; offsets into `text` are one less
    depth, position, search = 0, 0, _TOKEN.search
    while match := search(padded, position):
        position = match.end()
        kind = match.lastindex
        if kind is None:
            continue
        if kind == 1:
            if depth == 0:
                indent = match[1]
                if "\f" in indent:  # a form feed starts the column count again
                    indent = indent[indent.rindex("\f") + 1 :]
                yield _Line(match.start(), indent, position - 1)
        elif kind == 2:
            depth += 1
            if depth > _MAX_BRACKETS:
                line = padded.count("\n", 0, position)
                raise SourceError(f"cannot parse {path}: line {line}: too deeply nested")
        elif kind == 3:
            depth = max(depth - 1, 0)
        else:
            position = _formatted_string_end(padded, position, match[4])


# --- blocks ----------------------------------------------------------------------------------------

_HEAD = re.compile(
    r"(@)|(?:async[ \t]+)?(def)[ \t]+(\w+)|(class)[ \t]+(\w+)|(import|from)\b(?![ \t]*=)"
    r"|(else|elif|except|finally)\b"
)


class _Cutter:
    """Cuts a text into blocks."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.lines = list(_logical_lines(text, path))
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

    def _cut_class(self, owner: int, first: int, last: int) -> None:
        body = first + 1
        while body < last and not self.lines[body].indent:  # past decorators and the header
            body += 1
        if body == last:
            return
        pieces = self._pieces(body, last, self.lines[body].indent)
        for number, (kind, name, start) in enumerate(pieces):
            if kind == "def":
                stop = pieces[number + 1][2] if number + 1 < len(pieces) else last
                self._add("method", name, start, stop, owner)

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

    def _add(self, kind: BlockKind, name: str, first: int, last: int, owner: int | None) -> int:
        start = self.lines[first].start
        end = self.lines[last].start if last < len(self.lines) else len(self.text)
        line = self._line_at(start)
        end_line = line + self.text.count("\n", start, end - 1)
        index = len(self.made)
        self.made.append(Block(index, kind, name, line, end_line, owner, start, end))
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
