"""Whether two texts of a file say the same to all that judges blocks by their text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from hookproof.syntax.source_file import SourceFile

_WORD = re.compile(r"\w+")
# Lines with one of these words say something whatever else they have.
_TELLING = frozenset(
    {
        "def",
        "class",
        "import",
        "import_module",
        "from",
        "for",
        "while",
        "remove",
        "apply",
        "modules",
        "children",
    }
    | {"named_modules", "named_children", "cls", "global", "__subclasses__", "__init_subclass__"}
)


def is_alike(file: SourceFile, before: SourceFile, vocabulary: Collection[str]) -> bool:
    """Whether both have the same blocks, and the same lines with a word of the vocabulary in each of them.

    Of other lines it counts how far they are indented, for that tells what is in a loop; and no more.
    """
    if file.imports.names != before.imports.names or file.imports.renamed != before.imports.renamed:
        return False
    words = _TELLING.union(vocabulary)
    blocks = zip(_blocks(file, words), _blocks(before, words), strict=False)
    return len(file.outline.blocks) == len(before.outline.blocks) and all(one == two for one, two in blocks)


def _blocks(file: SourceFile, words: frozenset[str]) -> Iterator[tuple[object, ...]]:
    """Yield what is said of each block."""
    for block in file.outline.blocks:
        telling = tuple(_telling(file.text[block.start : block.end], words))
        yield block.kind, block.name, block.owner, block.within, telling


def _telling(text: str, words: frozenset[str]) -> Iterator[str | int]:
    last: str | int | None = None
    for line in text.split("\n"):
        code = line.lstrip()
        if not code:
            continue
        is_telling = code.startswith("@") or not words.isdisjoint(_WORD.findall(code))
        said: str | int = line if is_telling else len(line) - len(code)
        if said != last or is_telling:
            yield said
        last = said
