"""Text in the cells of a Markdown table: nothing in it is markup, HTML, a mention or a link."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hookproof.output.closing import counted
from hookproof.urls import rule_url

# GitHub takes comments of 65,536 characters; some is left for what others put around a summary.
SIZE = 60_000

_SPECIAL = re.compile(r"[\\`*_\[\]<>#~|!&]")
_MENTION = re.compile(r"([@#])(?=\w)")
_PIECE = re.compile(r"`([^`]*)`")


def plain(text: str) -> str:
    """Return text that is shown as it is, on one line, and notifies nobody."""
    broken = _MENTION.sub("\\1\u200b", " ".join(text.split()))
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", broken)


def coded(text: str) -> str:
    """Return text as code, whatever is in it."""
    escaped = _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", " ".join(text.split()))
    return f"<code>{escaped}</code>"


def prose(text: str) -> str:
    """Return a message with what stands between backticks as code."""
    pieces = _PIECE.split(text)
    return "".join(coded(piece) if number % 2 else _spaced(piece) for number, piece in enumerate(pieces))


def _spaced(piece: str) -> str:
    """Return a piece of prose with the spaces at its ends, which stand between it and code."""
    inner = plain(piece)
    before, after = " " * piece[:1].isspace(), " " * piece[-1:].isspace()
    return f"{before}{inner}{after}" if inner else before


def linked(code: str) -> str:
    """Return a rule's code, as a link to its page where that is known."""
    url = rule_url(code)
    return f"[{code}]({url})" if url else code


def cut_to_size(head: str, rows: Sequence[str], noun: str, size: int = SIZE) -> Iterator[str]:
    """Yield a table with as many rows as there is room for, and say how many more there are."""
    if not rows:
        return
    yield head
    left = size
    for number, row in enumerate(rows):
        left -= len(row.encode())
        if left < 0:
            yield f"\n{counted(len(rows) - number, f'more {noun}')} not shown: too long for a comment.\n"
            return
        yield row
