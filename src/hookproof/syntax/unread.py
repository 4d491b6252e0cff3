"""What is told of a file that the running Python does not read: where, and which Python would."""

from __future__ import annotations

from hookproof.source.text import SourceError
from hookproof.syntax.logical_lines import logical_lines
from hookproof.syntax.lower import parsed
from hookproof.syntax.nesting import too_deep_line
from hookproof.syntax.newer_python import in_words, without_newer_syntax


def unread(text: str, path: str, line: int) -> SourceError:
    """Return the error for a file of which a block does not parse, at `line`.

    Told is the first error of the file, for the outline of a broken file need not be right. Python's words
    change from one version to the next, and so are kept only where they say what is not obvious.
    """
    if too_deep_line(text) is not None:
        return SourceError(f"cannot parse {path}: line {line}: invalid syntax")
    try:
        for _ in logical_lines(text, path):
            pass
    except SourceError as too_deep:
        return too_deep
    error = _error(text)
    if error is None:
        reason = "internal error: the file is valid but was cut in the wrong place"
        return SourceError(f"cannot parse {path}: line {line}: {reason}")
    older, newer = without_newer_syntax(text)
    left = _error(f"{older}\n") if newer else error
    if left is None:
        needed = max(newer, key=lambda found: found.version)  # the first of the newest
        return SourceError(f"cannot parse {path}: line {needed.line}: {in_words(needed)}")
    reason = left.msg if "levels" in left.msg or "unicode error" in left.msg else "invalid syntax"
    return SourceError(f"cannot parse {path}: line {left.lineno or line}: {reason}")


def _error(text: str) -> SyntaxError | None:
    try:
        parsed(text)
    except SyntaxError as error:
        return error
    except RecursionError:
        pass
    return None
