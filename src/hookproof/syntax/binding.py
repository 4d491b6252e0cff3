"""Which top-level names a block may bind, judged by its text: too many rather than too few."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hookproof.syntax.outline import Block

_NAME = re.compile(r"[^\W\d]\w*")
_COMMENT = re.compile(r"#[^\n]*")
_WORTH_INDEXING = 100_000  # searches for names in blocks
# `name.x`, `name(x)` and `name[x]` bind no name, but after these words.
_USES = frozenset(".([")
_KEYWORDS = ("def", "class", "type")
_IMPORT = re.compile(
    r"\bfrom\b(?:[ \t.\w]|\\\n)*?\bimport\b[ \t\\\n]*"
    r"(?:\(((?:[^)#]|#[^\n]*)*)\)|((?:[^;\n\\]|\\\n)*))"  # 1, 2: the names
    r"|\bimport\b[ \t\\\n]+((?:[^;\n\\]|\\\n)*)"  # 3: the modules
)
_GLOBAL = re.compile(r"^[ \t\f]*global[ \t]+([^;\n]*)|[;:][ \t]*global[ \t]+([^;\n]*)", re.MULTILINE)
_COMPOUND = re.compile(
    r"(?:if|for|while|with|try|match|async|else|elif|except|finally)\b|@|[(\[*]|[\w.]+[ \t]*,|type[ \t]+\w"
)
_SIMPLE_TARGET = re.compile(r"\s*([\w \t,.*]*?)\s*(?::[^=\n]*)?[-+*/@%&|^<>]{0,2}=(?!=)")
_ANNOTATED = re.compile(r"([^\W\d]\w*)[ \t]*:")
_AFTER_SEMICOLON = re.compile(r";[ \t]*((?:[^=;\n]*=)+)(?!=)")
_WALRUS = re.compile(r"([^\W\d]\w*)\s*:=")
_BEFORE_EQUALS = re.compile(r"\b([^\W\d]\w*)\s*(?:=(?!=)|:=|[-+*/@%&|^<>]{1,2}=(?!=))")
_EQUALS_FIRST = re.compile(r"\n\s*(?::|[-+*/@%&|^<>]{1,2})?=(?!=)")  # a line that goes on with the sign
_TARGETS = (
    re.compile(r"^[ \t\f]*([^=\n#\"']*,[^=\n]*|[(\[*][^=\n]*?)=(?!=)", re.MULTILINE),
    re.compile(r"[;:=][ \t]*([^=;:\n#\"']*,[^=;:\n]*|[(\[*][^=\n]*?)=(?!=)"),
    re.compile(r"(?:^|[;:])[ \t\f]*([^\W\d]\w*)[ \t]*(?=:)", re.MULTILINE),
    re.compile(r"\bfor\b([^:]+?)\bin\b"),
    re.compile(r"\bas\b[ \t\\\n]*(\([^)]*\)|\[[^\]]*\]|[\w.*]+(?:\s*,\s*\w+)*)"),
    re.compile(r"\b(?:def|class|type)[ \t]+(\w+)"),
    re.compile(r"^[ \t]*case\b([^\n]*(?:\n[^\n]*?)*?):[ \t]*(?:[^\n]*)$", re.MULTILINE),
)


class TopLevelNames:
    """The blocks that may bind each top-level name of a file, asked for name by name: few names ever are.

    `*` stands for a star import. A function that declares a name `global` counts as binding it.
    """

    def __init__(self, text: str, blocks: Sequence[Block]) -> None:
        self._text = text
        self._defined: dict[str, list[int]] = {}
        self._others: list[Block] = []
        has_global = "global" in text
        for block in blocks:
            if block.kind in ("def", "class"):
                self._defined.setdefault(block.name, []).append(block.index)
            if block.kind in ("import", "code") or (
                has_global and block.kind != "class" and text.find("global", block.start, block.end) >= 0
            ):
                self._others.append(block)
        self._bound: dict[int, frozenset[str]] = {}
        self._known: dict[str, tuple[int, ...]] = {}
        self._by_word: dict[str, list[Block]] = {}

    def blocks(self, name: str) -> tuple[int, ...]:
        """Return the blocks that may bind a name, in source order."""
        found = self._known.get(name)
        if found is None:
            text, defined = self._text, self._defined.get(name, [])
            others = [
                block.index
                for block in self._holding(name)
                if _may_bind(name, text, block) and name in self._bound_by(block)
            ]
            found = tuple(sorted({*defined, *others}) if others else defined)
            self._known[name] = found
        return found

    def all(self) -> frozenset[str]:
        """Return every name that some block may bind."""
        return frozenset(self._defined).union(*(self._bound_by(block) for block in self._others))

    def _holding(self, name: str) -> Sequence[Block]:
        """Return the blocks that may hold a name otherwise than as their own, fewer of them if it pays."""
        if len(self._others) * len(self._known) < _WORTH_INDEXING or not name.isidentifier():
            return self._others
        if not self._by_word:
            for block in self._others:
                for word in {*_NAME.findall(self._text, block.start, block.end)}:
                    self._by_word.setdefault(word, []).append(block)
        return self._by_word.get(name, ())

    def _bound_by(self, block: Block) -> frozenset[str]:
        found = self._bound.get(block.index)
        if found is None:
            text = self._text[block.start : block.end]
            found = self._bound[block.index] = frozenset(bound_names(block.kind, text))
        return found


def _may_bind(name: str, text: str, block: Block) -> bool:
    """Whether a name stands in a block otherwise than as `name.x`, `name(x)` or `name[x]`."""
    offset = text.find(name, block.start, block.end)
    while offset >= 0:
        end = offset + len(name)
        if text[end : end + 1] not in _USES:
            return True
        line = text.rfind("\n", 0, offset) + 1
        before = text[line:offset]
        if "import" in before or before.rstrip().endswith(_KEYWORDS) or text[line - 2 : line - 1] == "\\":
            return True
        offset = text.find(name, end, block.end)
    return False


def bound_names(kind: str, text: str) -> Iterator[str]:
    """Yield the names, some of them several times, that the block `text` of the given kind may bind.

    A `def` block's own name is not among them; a class binds nothing but its own.
    """
    if kind in ("def", "method"):
        if "global" in text:
            for match in _GLOBAL.finditer(text):
                yield from _NAME.findall(match[1] or match[2])
        return
    if "import" in text:
        yield from _imported(text)
    if kind == "import" and ";" not in text:
        return
    if _COMPOUND.match(text):
        # Most lines of a long block have no sign, and to ask that takes a tenth of the time.
        lines = [text] if _EQUALS_FIRST.search(text) else [line for line in text.split("\n") if "=" in line]
        for line in lines:
            yield from _BEFORE_EQUALS.findall(line)
        for pattern in _TARGETS:
            for match in pattern.finditer(text):
                yield from _NAME.findall(match[1])
    else:
        yield from _assigned(text)


def _assigned(text: str) -> Iterator[str]:
    """Yield the targets of one simple statement, without looking at all of what may be a huge table."""
    position = 0
    while match := _SIMPLE_TARGET.match(text, position):
        yield from _NAME.findall(match[1])
        position = match.end()
    if not position and (match := _ANNOTATED.match(text)):
        yield match[1]
    if ";" in text:
        for match in _AFTER_SEMICOLON.finditer(text):
            yield from _NAME.findall(match[1])
    if ":=" in text:
        for match in _WALRUS.finditer(text):
            yield match[1]


def _imported(text: str) -> Iterator[str]:
    for match in _IMPORT.finditer(text):
        names = match[1] or match[2]
        listed = _COMMENT.sub("", names or match[3] or "").replace("\\\n", " ")
        for entry in listed.split(","):
            words = entry.split()
            if not words:
                continue
            yield words[-1] if names else words[-1].split(".")[0]
