"""Parsing one block of a file with libcst, and saying what is wrong where that fails."""

from __future__ import annotations

import ast

import libcst as cst

from hookproof.source.text import SourceError
from hookproof.syntax.block_source import BlockSource
from hookproof.syntax.logical_lines import logical_lines
from hookproof.syntax.nesting import too_deep_line
from hookproof.syntax.outline import Outline


class ParsedBlock:
    """libcst's tree of a block of `text`; `source` is the text that was parsed."""

    def __init__(self, text: str, outline: Outline, index: int, path: str) -> None:
        self.source = BlockSource(text, outline, index)
        for _ in logical_lines(self.source.text, path, self.source.file_line):
            pass  # raises for what would overflow the parser's stack
        try:
            self.module = _parse(self.source.text)
        except cst.ParserSyntaxError as error:
            raise _syntax_error(text, path, self.source.file_line(error.raw_line)) from None

    def statements(self) -> cst.Module | cst.BaseSuite:
        """Return the node whose body is the block's statements."""
        if self.source.is_method:
            wrapper = self.module.body[0]
            assert isinstance(wrapper, cst.ClassDef)
            return wrapper.body
        return self.module


def _parse(source: str) -> cst.Module:
    try:
        return cst.parse_module(source)
    except BaseException as error:
        # A panic of libcst's parser derives from BaseException alone.
        if isinstance(error, Exception) or type(error).__name__ != "PanicException":
            raise
        raise SourceError(f"cannot parse: the parser failed: {error}") from None


def _syntax_error(text: str, path: str, line: int) -> SourceError:
    """Return the error for a block that does not parse; `line` is where it stopped making sense."""
    if too_deep_line(text) is not None:
        return SourceError(f"cannot parse {path}: line {line}: invalid syntax")
    try:
        _parse(text)
    except cst.ParserSyntaxError as error:
        # The first error of the file: the outline of a broken file need not be right.
        return python_error(text, path) or SourceError(
            f"cannot parse {path}: line {error.raw_line}: invalid syntax"
        )
    return SourceError(
        f"cannot parse {path}: line {line}: internal error: the file is valid but was cut in the wrong place"
    )


def python_error(text: str, path: str) -> SourceError | None:
    """Return the error that Python sees, whose line is the one to edit: libcst's may be the one after.

    Its words change from one Python to the next, and so are kept only where they say what is not obvious.
    """
    if too_deep_line(text) is not None:
        return None
    try:
        ast.parse(text)
    except SyntaxError as error:
        reason = error.msg if "levels" in error.msg or "unicode error" in error.msg else "invalid syntax"
        return SourceError(f"cannot parse {path}: line {error.lineno}: {reason}")
    except (ValueError, RecursionError, MemoryError):
        pass
    return None
