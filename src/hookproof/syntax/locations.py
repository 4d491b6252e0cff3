"""Places: the lines and columns of the numbered nodes of a block.

Positions cost more than twice what parsing does, and only blocks with findings need them, so the block is
parsed and lowered once more, by the same walk, when somebody asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from libcst.metadata import MetadataWrapper, PositionProvider

from hookproof.syntax.deep_stack import on_deep_stack
from hookproof.syntax.lower import lower
from hookproof.syntax.parse import ParsedBlock

if TYPE_CHECKING:
    from hookproof.syntax.outline import Outline

Range: TypeAlias = tuple[int, int, int, int]


def locations(text: str, outline: Outline, index: int, path: str = "<source>") -> tuple[Range, ...]:
    """Return line, column, end line and end column of each node of a block, by ordinal.

    1-based, the end column exclusive, columns in characters. Raises `SourceError` as `lower_block` does.
    """
    line = outline.blocks[index].line
    # At once on a deep stack: near the recursion limit the provider takes seconds to fail.
    return on_deep_stack(lambda: _locations(text, outline, index, path), path, line)


def _locations(text: str, outline: Outline, index: int, path: str) -> tuple[Range, ...]:
    parsed = ParsedBlock(text, outline, index, path)
    wrapper = MetadataWrapper(parsed.module, unsafe_skip_copy=True)  # the tree is ours alone
    positions = wrapper.resolve(PositionProvider)
    lowering, _ = lower(parsed, 0)
    found = []
    for ordinal, node in enumerate(lowering.nodes):
        start = positions[node].start
        end = positions[lowering.ends.get(ordinal, node)].end
        found.append(
            (
                parsed.source.file_line(start.line),
                start.column + 1,
                parsed.source.file_line(end.line),
                end.column + 1,
            )
        )
    return tuple(found)
