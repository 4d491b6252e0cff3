"""A file's import statements, told from its bytes: how callers of a function are found."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(rb"\w+")


def words(data: bytes) -> frozenset[bytes]:
    """Return the words in a text."""
    return frozenset(_WORD.findall(data))


def import_statements(data: bytes) -> Iterator[bytes]:
    """Yield each line with an `import`, and the parentheses that follow.

    A comment or a string that speaks of importing is taken for a statement; what follows a backslash at
    the end of a line is not seen.
    """
    start = data.find(b"import")
    while start >= 0:
        line = data.rfind(b"\n", 0, start) + 1
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        if b"(" in data[start:end] and b")" not in data[start:end]:
            closing = data.find(b")", end)
            end = len(data) if closing < 0 else closing
        yield data[line:end]
        start = data.find(b"import", end)
