"""The facts and places of a block: from Python's own parser where it will do, otherwise from libcst."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookproof.source.text import SourceError
from hookproof.syntax.block_source import BlockSource
from hookproof.syntax.deep_stack import with_deep_stack
from hookproof.syntax.expression_from_ast import NotLoweredError
from hookproof.syntax.from_ast import facts_from_ast
from hookproof.syntax.nesting import too_deep_line
from hookproof.syntax.numbering import first_of

if TYPE_CHECKING:
    from hookproof.syntax import ir
    from hookproof.syntax.locations import Range
    from hookproof.syntax.locations_from_ast import PlacesFromAst
    from hookproof.syntax.outline import Outline


_MAX_NODES = 150_000  # some 30,000 lines: every rule walks over all of them


def block_facts(text: str, outline: Outline, index: int, path: str = "<source>") -> tuple[ir.Stmt, ...]:
    """Return the facts of block `index` of `text`.

    A class block comes without the methods that are blocks of their own. Raises `SourceError` for a syntax
    error and for code nested too deeply.
    """
    source, line = BlockSource(text, outline, index), outline.blocks[index].line
    _reject_depth(source, path)
    try:
        lowering, facts = with_deep_stack(lambda: facts_from_ast(source, first_of(index)), path, line)
    except NotLoweredError:
        # Imported here: libcst takes longer to import than most projects take to be checked.
        from hookproof.syntax.lower import lower_block
        from hookproof.syntax.parse import python_error

        try:
            return lower_block(text, outline, index, path)
        except SyntaxError as error:  # libcst reads a bad escape, whose value nothing can give
            reason = f"cannot parse {path}: line {line}: {error.msg}"
            raise python_error(text, path) or SourceError(reason) from None
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
        self._all: tuple[Range, ...] | None = None
        self._single: PlacesFromAst | None = None

    def location(self, ordinal: int) -> Range:
        """Return line, column, end line and end column, 1-based, the end column exclusive.

        Raises `SourceError` as `block_facts` does.
        """
        if self._all is None:
            try:
                return self._from_ast().location(ordinal)
            except NotLoweredError:
                from hookproof.syntax.locations import locations

                self._all = locations(*self._block)
        return self._all[ordinal]

    def _from_ast(self) -> PlacesFromAst:
        if self._single is None:
            from hookproof.syntax.locations_from_ast import PlacesFromAst

            text, outline, index, path = self._block
            source = BlockSource(text, outline, index)
            self._single = with_deep_stack(lambda: PlacesFromAst(source), path, outline.blocks[index].line)
        return self._single
