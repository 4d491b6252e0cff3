"""A file's import statements, told from its bytes: how callers of a function are found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from functools import cached_property

_WORD = re.compile(rb"\w+")
_NAME = re.compile(r"\w+")
_SPELLED_OUT = re.compile(r"(?<![\w.])(\w+)(?:\.\w+)*\.(\w+)\.(\w+)(?=[(,)])")
_ATTRIBUTE = re.compile(r"(?<![\w.])(\w+)\.(\w+)")
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

    `names` are the words after `import`, where that is `*` those before it, which are `opened` as well;
    `members` are those that stand after a `from`; `renamed` pairs the new name with the old one;
    `spelled_out` are the ends of long dotted names that begin with an imported one: `hooks` and `install`
    of `package.hooks.install(net)`.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        whole: list[bytes] = []
        named: list[bytes] = []
        opened: list[bytes] = []
        for statement in import_statements(text.encode("utf-8", "surrogatepass")):
            before, _, after = statement.partition(b"import")
            if after.strip() == b"*":
                opened.append(before)
            else:
                (named if before.strip() else whole).append(after)
        self.opened = frozenset(_NAME.findall(_decoded(opened)))
        self.members = frozenset(_NAME.findall(_decoded(named)))
        statements = _decoded([*whole, *named, *opened])
        self.names = frozenset(_NAME.findall(statements))
        self.renamed = [(new, old) for old, new in _RENAMED.findall(statements)]
        self.spelled_out = frozenset(
            (module, name) for first, module, name in _SPELLED_OUT.findall(text) if first in self.names
        )

    @cached_property
    def attributes(self) -> Mapping[str, Set[str]]:
        """What is asked of imported names: `attach` of `package` in `package.attach(net)`."""
        found: dict[str, set[str]] = {}
        old = dict(self.renamed)
        for owner, attribute in _ATTRIBUTE.findall(self._text):
            if owner in self.names:
                found.setdefault(old.get(owner, owner), set()).add(attribute)
        return found


def _decoded(statements: list[bytes]) -> str:
    return b"\n".join(statements).decode("utf-8", "surrogatepass")
