"""The facts and places of a block, and what is told where it cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookproof.source.text import SourceError
from hookproof.syntax.block_source import BlockSource
from hookproof.syntax.deep_stack import with_deep_stack
from hookproof.syntax.lower import lower_block
from hookproof.syntax.nesting import too_deep_line
from hookproof.syntax.numbering import first_of

if TYPE_CHECKING:
    from hookproof.syntax import ir
    from hookproof.syntax.locations import Places, Range
    from hookproof.syntax.outline import Outline


_MAX_NODES = 150_000  # some 30,000 lines: every rule walks over all of them


def block_facts(text: str, outline: Outline, index: int, path: str = "<source>") -> tuple[ir.Stmt, ...]:
    """Return the facts of block `index` of `text`.

    A class block comes without the methods that are blocks of their own. Raises `SourceError` for a syntax
    error, for syntax that the running Python does not have, and for code nested too deeply.
    """
    source, line = BlockSource(text, outline, index), outline.blocks[index].line
    _reject_depth(source, path)
    try:
        lowering, facts = with_deep_stack(lambda: lower_block(source, first_of(index)), path, line)
    except SyntaxError as error:
        from hookproof.syntax.unread import unread  # few files have any

        at = line if error.lineno is None else source.file_line(error.lineno)
        raise unread(text, path, at) from None
    if len(lowering.nodes) > _MAX_NODES:
        reason = f"more than {_MAX_NODES:,} names, values and operations in one block"
        raise SourceError(f"cannot analyse {path}: line {line}: {reason}")
    return facts


def _reject_depth(source: BlockSource, path: str) -> None:
    line = too_deep_line(source.text)
    if line is not None:
        raise SourceError(f"cannot parse {path}: line {source.file_line(line)}: too deeply nested")


class BlockPlaces:
    """The places of the nodes of one block, by ordinal."""

    def __init__(self, text: str, outline: Outline, index: int, path: str = "<source>") -> None:
        self._block = text, outline, index, path
        self._places: Places | None = None

    def location(self, ordinal: int) -> Range:
        """Return line, column, end line and end column of a node of a block that was read."""
        if self._places is None:
            from hookproof.syntax.locations import Places  # only blocks with findings need them

            text, outline, index, path = self._block
            source = BlockSource(text, outline, index)
            self._places = with_deep_stack(lambda: Places(source), path, outline.blocks[index].line)
        return self._places.location(ordinal)
