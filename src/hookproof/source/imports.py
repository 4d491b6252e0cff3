"""A file's import statements, told from its bytes: how callers of a function are found."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(rb"\w+")
_NAME = re.compile(r"\w+")
_SPELLED_OUT = re.compile(r"(?<![\w.])(\w+)(?:\.\w+)*\.(\w+)\.(\w+)(?=[(,)])")
_RENAMED = re.compile(r"(\w+)\s+as\s+(\w+)")


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


class ImportedNames:
    """What the import statements in a text name.

    `names` are the words after `import`, where that is `*` those before it; `renamed` pairs the new name
    with the old one; `spelled_out` are the ends of long dotted names that begin with an
    imported one: `hooks` and `install` of `package.hooks.install(net)`.
    """

    def __init__(self, text: str) -> None:
        statements = b"\n".join(
            before if after.strip() == b"*" else after
            for before, _, after in (
                statement.partition(b"import")
                for statement in import_statements(text.encode("utf-8", "surrogatepass"))
            )
        ).decode("utf-8", "surrogatepass")
        self.names = frozenset(_NAME.findall(statements))
        self.renamed = [(new, old) for old, new in _RENAMED.findall(statements)]
        self.spelled_out = frozenset(
            (module, name) for first, module, name in _SPELLED_OUT.findall(text) if first in self.names
        )
