"""Breaking lines for a terminal: at words, never inside a path, an option or a piece of code."""

from __future__ import annotations

import re
import textwrap

_NO_BREAK = "\N{NO-BREAK SPACE}"


def fold(text: str, width: int, indent: str = "") -> str:
    """Return one line as several of at most `width`, those after the first indented; words stay whole."""
    kept = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", _NO_BREAK), text)
    lines = textwrap.wrap(
        kept,
        max(width, 20),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
        drop_whitespace=True,
    )
    return "\n".join(lines).replace(_NO_BREAK, " ")
