"""The text of one block as a parser takes it, and where its lines stand in the file."""

from __future__ import annotations

import re
from itertools import takewhile

from hookproof.syntax.outline import Block, Outline

# Not the forms that torch's frontend reads over: a bare one, or one with a single code and nothing behind it.
TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore(?!(?:\[[a-zA-Z-]+\])?(?:\n|$))")
TYPE_COMMENT = re.compile(r"#\s*type:(?!\s*ignore\b)\s*(\S(?:.*\S)?)")


class BlockSource:
    """The `text` of a block that can be parsed alone; a class comes without the methods that are blocks.

    `file_line` turns its lines into the file's. `has_type_ignores` says that it may hold such a comment.
    """

    def __init__(self, text: str, outline: Outline, index: int) -> None:
        block = outline.blocks[index]
        behind = (outline.blocks[number] for number in range(index + 1, len(outline.blocks)))
        methods = list(takewhile(lambda other: other.owner == index, behind))
        source, self._cuts = _cut(text, block, methods)
        self._first_line = block.line
        if block.kind == "method":
            # With its own indentation, so that columns stay what they are in the file.
            source = "class _:\n" + source
            self._first_line -= 1
        self.text = source
        self.is_method = block.kind == "method"
        self.has_methods_cut = bool(methods)
        self.has_type_ignores = "type:" in source and TYPE_IGNORE.search(source) is not None

    def file_line(self, line: int) -> int:
        """Return the 1-based line of the file that line `line` of this text is."""
        left_out = 0
        for start, lines in self._cuts:
            if line < start:
                break
            left_out = lines
        return self._first_line + line - 1 + left_out


def _cut(text: str, block: Block, methods: list[Block]) -> tuple[str, list[tuple[int, int]]]:
    """Return the text of `block` without `methods`, and from which of its lines on how many are left out.

    Blank lines in their stead would keep the numbers, but a parser reads them all.
    """
    if not methods:
        return text[block.start : block.end], []
    parts: list[str] = []
    cuts: list[tuple[int, int]] = []
    position, line, left_out = block.start, 1, 0
    emptied: set[str] = set()
    for method in methods:
        kept = text[position : method.start]
        if method.within not in emptied:  # a class needs a body
            emptied.add(method.within)
            indent = re.match(r"[ \t\f]*", text[method.start : method.end])
            kept += f"{indent[0] if indent else ''}pass\n"
            left_out -= 1
        parts.append(kept)
        line += kept.count("\n")
        left_out += text.count("\n", method.start, method.end)
        cuts.append((line, left_out))
        position = method.end
    parts.append(text[position : block.end])
    return "".join(parts), cuts
