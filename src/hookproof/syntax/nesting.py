"""How deeply the code of a text nests at most, counted from its tokens before any parser sees it.

Parsers and the walks over their trees call themselves for each level: a text of some kilobytes can overflow
the stack of C, which no exception tells of.
"""

from __future__ import annotations

import re

MAX_DEPTH = 1_000
"""Levels of one expression, or branches of one `if`, that are followed; Python itself compiles few more."""

# What may put the rest of an expression, or what stands before it, one level deeper.
_DEEPER = re.compile(
    r"[(\[{.]|\*\*|//|<<|>>|[-+*/%@~|&^]|[<>=!]=|[<>]|:="
    r"|\b(?:not|and|or|if|in|is|lambda|await|for|yield|elif|except)\b"
)
# What tells nothing of the code around it: comments, continued lines, strings.
_TEXT = re.compile(
    r"#[^\n]*|\\\n|\"\"\"(?:[^\"\\]|\\[\s\S]|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\[\s\S]|'(?!''))*'''"
    r"|\"(?:[^\"\\\n]|\\[\s\S])*\"|'(?:[^'\\\n]|\\[\s\S])*'"
)
_TOKEN = re.compile(
    rf"(?P<text>{_TEXT.pattern})|(?P<close>[)\]}}])|(?P<open>[(\[{{])|(?P<comma>[,;])|(?P<line>\n[ \t\f]*)"
    rf"|(?P<deeper>{_DEEPER.pattern})"
)
_LEVELS = {"lambda": 4}  # a function within a function takes more calls than an operand
_FIELD = re.compile(r"\{[^{}]*")
_BRANCH = re.compile(r"[ \t\f]*(?:elif|except)\b")


def too_deep_line(text: str) -> int | None:
    """Return the 1-based line at which `text` nests deeper than `MAX_DEPTH`, None where it never does.

    Never too little is counted, and too much only in expressions of hundreds of operators without a comma.
    """
    if len(text) <= MAX_DEPTH or not _is_worth_counting(text):
        return None
    depths = [0]  # of what is open now, from the outermost bracket inward: levels since the last comma
    total, branches = 0, 0
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "deeper":
            levels = _LEVELS.get(token.group(), 1)
            depths[-1] += levels
            total += levels
        elif kind == "open":
            depths[-1] += 1
            depths.append(0)
            total += 1
        elif kind == "close" and len(depths) > 1:
            total -= depths.pop()
        elif kind == "comma":
            total -= depths[-1]
            depths[-1] = 0
        elif kind == "text" and _is_formatted(text, token.start()):
            fields = _FIELD.findall(token.group())
            deepest = max((len(_DEEPER.findall(field)) for field in fields), default=0)
            if total + deepest > MAX_DEPTH:
                return text.count("\n", 0, token.start()) + 1
        elif kind == "line" and len(depths) == 1:
            total, depths[0] = 0, 0
            branches += _BRANCH.match(text, token.end()) is not None
        if total > MAX_DEPTH or branches > MAX_DEPTH:
            return text.count("\n", 0, token.start()) + 1
    return None


def _is_formatted(text: str, start: int) -> bool:
    prefix = text[max(start - 2, 0) : start].lower()
    return prefix.endswith(("f", "fr", "t", "tr")) and text[start] in "\"'"


def _is_worth_counting(text: str) -> bool:
    """Whether a logical line has characters enough to nest so deep, or one `if` may have the branches."""
    code = _TEXT.sub(lambda found: _blanks(text, found), text)
    brackets, length = 0, 0
    for line in code.split("\n"):
        length = length + len(line) if brackets else len(line)
        if length > MAX_DEPTH:
            return True
        opened = line.count("(") + line.count("[") + line.count("{")
        brackets = max(brackets + opened - line.count(")") - line.count("]") - line.count("}"), 0)
    return code.count("elif") + code.count("except") > MAX_DEPTH


def _blanks(text: str, found: re.Match[str]) -> str:
    return " " * len(found[0]) if _is_formatted(text, found.start()) else ""
