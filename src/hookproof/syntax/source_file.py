"""A source file: outlined at once, lowered block by block as it is asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from hookproof.source.failures import told_of
from hookproof.source.imports import ImportedNames
from hookproof.source.names_in_text import NamesInText
from hookproof.source.program_text import program_text
from hookproof.source.text import SourceError, normalise
from hookproof.syntax import ir
from hookproof.syntax.binding import TopLevelNames
from hookproof.syntax.facts import BlockPlaces, block_facts
from hookproof.syntax.imports import import_statements
from hookproof.syntax.numbering import block_of, first_of, ordinal_of
from hookproof.syntax.outline import Outline, outline

if TYPE_CHECKING:
    from hookproof.syntax.locations import Range


class SourceFile:
    """A Python file: its text, outline, and the facts and places of its blocks, each made on first use.

    `path` is how the file is shown, `module` its dotted name; `data` its bytes, or its text where an editor
    or flake8 has decoded it. Whatever needs the text raises `SourceError` where it does not decode, and
    whatever needs a block where that does not parse.
    """

    def __init__(self, path: str, module: str, data: bytes | str, *, is_package: bool | None = None) -> None:
        self.path = path
        self.module = module
        self.is_package = path.endswith("__init__.py") if is_package is None else is_package
        self._data: bytes | str = data
        self._blocks: dict[int, tuple[ir.Stmt, ...]] = {}
        self._locations: dict[int, BlockPlaces] = {}
        self._broken: dict[int, SourceError] = {}
        self._is_looked_through = False

    def __repr__(self) -> str:
        return f"SourceFile({self.path!r}, {self.module!r})"

    @cached_property
    def text(self) -> str:
        r"""The decoded text, its lines ending in `\n`."""
        data = self._data
        text = normalise(data, self.path) if isinstance(data, str) else program_text(data, self.path)
        self._data = ""  # one of the two is enough to keep
        return text

    @cached_property
    def outline(self) -> Outline:
        """The blocks it is cut into."""
        return outline(self.text, self.path)

    @cached_property
    def names(self) -> TopLevelNames:
        """What its blocks bind."""
        return TopLevelNames(self.text, self.outline.blocks)

    @cached_property
    def imports(self) -> ImportedNames:
        """What its import statements name, those within functions too."""
        return ImportedNames(self.text)

    @cached_property
    def in_text(self) -> NamesInText:
        """What its text does with names."""
        return NamesInText(self.text)

    def block(self, index: int) -> tuple[ir.Stmt, ...]:
        """Return the facts of block `index`; a class block's without the methods that are blocks apart."""
        return self._read(index, self._lower)

    def _read(self, index: int, lower: Callable[[int], tuple[ir.Stmt, ...]]) -> tuple[ir.Stmt, ...]:
        facts = self._blocks.get(index)
        if facts is None:
            if index in self._broken:
                raise self._broken[index]
            try:
                with told_of(self.path, self.outline.blocks[index].line):
                    facts = self._blocks[index] = lower(index)
            except SourceError as error:
                error.path = self.path
                self._broken[index] = error
                raise
        return facts

    @property
    def failures(self) -> tuple[SourceError, ...]:
        """What is wrong with the blocks that were asked for, whoever asked and whatever it made of that."""
        return tuple(self._broken.values())

    def look_through(self) -> None:
        """Parse what nobody has asked for, so that an error anywhere is among the `failures`; once."""
        from hookproof.syntax.lower import is_read_by_python

        if self._is_looked_through:
            return
        self._is_looked_through = True
        if is_read_by_python(self.text):
            return
        for block in self.outline.blocks:  # each error is told with its line
            if block.kind == "import":
                self._blocks.pop(block.index, None)
            with suppress(SourceError):
                self._read(block.index, self._parse)

    def _lower(self, index: int) -> tuple[ir.Stmt, ...]:
        if self.outline.blocks[index].kind == "import":
            return import_statements(self.block_text(index), first_of(index))
        return self._parse(index)

    def _parse(self, index: int) -> tuple[ir.Stmt, ...]:
        return block_facts(self.text, self.outline, index, self.path)

    @property
    def is_outlined(self) -> bool:
        """Whether the file has been cut into blocks."""
        return "outline" in vars(self)

    @property
    def is_lowered(self) -> bool:
        """Whether any of the file had to be parsed."""
        return bool(self._blocks)

    def block_text(self, index: int) -> str:
        """Return the source text of block `index`, a class with its methods."""
        block = self.outline.blocks[index]
        return self.text[block.start : block.end]

    def block_at(self, offset: int) -> int | None:
        """Return the innermost block at an offset into the text: a method before its class."""
        blocks = self.outline.blocks
        position = bisect_right(self._starts, offset) - 1
        while position >= 0:
            block = blocks[position]
            if block.start <= offset < block.end:
                return block.index
            # Behind its last method, a class goes on.
            position = block.owner if block.owner is not None else -1
        return None

    @cached_property
    def _starts(self) -> list[int]:
        return [block.start for block in self.outline.blocks]

    def location(self, at: int) -> Range:
        """Return line, column, end line and end column of node `at`, 1-based, the end column exclusive."""
        index = block_of(at)
        locations = self._locations.get(index)
        if locations is None:
            locations = self._locations[index] = BlockPlaces(self.text, self.outline, index, self.path)
        return locations.location(ordinal_of(at))

    def line_text(self, line: int) -> str:
        """Return the 1-based `line` without its ending, or an empty string beyond the last one."""
        return self._lines[line - 1] if 0 < line <= len(self._lines) else ""

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")
