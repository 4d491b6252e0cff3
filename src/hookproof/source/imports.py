"""A file's import statements, told from its bytes: how callers of a function are found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

_WORD = re.compile(rb"\w+")
_NAME = re.compile(r"\w+")
# It starts as few texts do: a search for that is quick.
_SPELLED_OUT = re.compile(r"\.(\w+)\.(\w+)(?=[(,)])")
_HEAD = re.compile(r"(?<![\w.])(\w+)(?:\.\w+)*\Z")
_MAX_HEAD = 200  # characters
_WITHIN = re.compile(r"[\w.]")
_RENAMED = re.compile(r"(\w+)\s+as\s+(\w+)")
_IMPORT = re.compile(r"\bimport\b")
_ORIGIN = re.compile(r"\bfrom\s+(?:[\w.]*\.)?(\w*)\s*\Z")


def words(data: bytes) -> frozenset[bytes]:
    """Return the words in a text."""
    return frozenset(_WORD.findall(data))


def import_statements(data: bytes) -> Iterator[bytes]:
    """Yield each line with an `import`, with the parentheses or the continued lines that follow.

    A comment or a string that speaks of importing is taken for a statement.
    """
    start = data.find(b"import")
    while start >= 0:
        line = data.rfind(b"\n", 0, start) + 1
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        if b"(" in data[start:end] and b")" not in data[start:end]:
            closing = data.find(b")", end)
            end = len(data) if closing < 0 else closing
        while data.endswith(b"\\", line, end):
            following = data.find(b"\n", end + 1)
            end = len(data) if following < 0 else following
        yield data[line:end]
        start = data.find(b"import", end)


class ImportedNames:
    """What the import statements in a text name.

    `names` are the words after `import`, where that is `*` those before it, which are `opened` as well;
    `origins` says of each that stands after a `from` the last names of the files or packages it is taken
    from, an empty one for the package of the file itself; `renamed` pairs the new name with the old one.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.names, self.opened = frozenset[str](), frozenset[str]()
        self.origins: dict[str, set[str]] = {}
        self.renamed: list[tuple[str, str]] = []
        for statement in import_statements(text.encode("utf-8", "surrogatepass")):
            before, *rest = _IMPORT.split(statement.decode("utf-8", "surrogatepass"), maxsplit=1)
            after = rest[0] if rest else before.partition("import_module")[2]
            if after.strip() == "*":
                self.opened |= {*_NAME.findall(before)}
                self.names |= self.opened
                continue
            named = _NAME.findall(after)
            self.names |= {*named}
            self.renamed += [(new, old) for old, new in _RENAMED.findall(after)]
            for origin in _ORIGIN.findall(before):
                for name in named:
                    self.origins.setdefault(name, set()).add(origin)

    @cached_property
    def spelled_out(self) -> frozenset[tuple[str, str]]:
        """The ends of long dotted names: `hooks` and `install` of `package.hooks.install(net)`."""
        text = self._text
        return frozenset(
            (found[1], found[2])
            for found in _SPELLED_OUT.finditer(text)
            if (head := _HEAD.search(text, max(found.start() - _MAX_HEAD, 0), found.start()))
            and head[1] in self.names
        )

    def asks(self, package: str, name: str) -> bool:
        """Whether `package.name` stands in the text, the package imported under this name or another."""
        aliases = {package, *(new for new, old in self.renamed if old == package)} & self.names
        return any(_holds(self._text, f"{alias}.{name}") for alias in aliases)


def _holds(text: str, dotted: str) -> bool:
    offset = text.find(dotted)
    while offset >= 0:
        end = offset + len(dotted)
        if not (offset and _WITHIN.match(text, offset - 1)) and not _NAME.match(text, end):
            return True
        offset = text.find(dotted, end)
    return False
