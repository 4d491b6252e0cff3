"""Parsing one block of a file, and saying what is wrong where that fails."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

import libcst as cst

from hookproof.collect.outline import Block, Outline
from hookproof.source.text import SourceError

Result = TypeVar("Result")

_STACK_SIZE = 512 * 1024 * 1024  # reserved, not used: pages that are never touched cost nothing
_RECURSION_LIMIT = 40_000
# Not the forms that torch's frontend reads over: a bare one, or one with a single code and nothing behind it.
_TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore(?!(?:\[[a-zA-Z-]+\])?(?:\n|$))")


class ParsedBlock:
    """The tree of a block of `text`; its line `n` is the file's line `n + line_offset`."""

    def __init__(self, text: str, outline: Outline, index: int, path: str) -> None:
        block = outline.blocks[index]
        methods = (
            [b for b in outline.blocks[index + 1 :] if b.owner == index] if block.kind == "class" else []
        )
        source = _cut(text, block, methods)
        self.line_offset = block.line - 1
        if block.kind == "method":
            # With its own indentation, so that columns stay what they are in the file.
            source = "class _:\n" + source
            self.line_offset -= 1
        self.is_method = block.kind == "method"
        self.has_methods_cut = bool(methods)
        self.has_type_ignores = _TYPE_IGNORE.search(source) is not None
        try:
            self.module = _parse(source)
        except cst.ParserSyntaxError as error:
            raise _syntax_error(text, path, error.raw_line + self.line_offset) from None

    def statements(self) -> cst.Module | cst.BaseSuite:
        """Return the node whose body is the block's statements."""
        if self.is_method:
            wrapper = self.module.body[0]
            assert isinstance(wrapper, cst.ClassDef)
            return wrapper.body
        return self.module


def _cut(text: str, block: Block, methods: list[Block]) -> str:
    """Return the text of `block` with `methods` blanked out, line numbers kept."""
    if not methods:
        return text[block.start : block.end]
    parts, position = [], block.start
    for number, method in enumerate(methods):
        parts.append(text[position : method.start])
        if number == 0:  # a class needs a body
            indent = re.match(r"[ \t\f]*", text[method.start : method.end])
            parts.append(f"{indent[0] if indent else ''}pass")
        parts.append("\n" * text.count("\n", method.start, method.end))
        position = method.end
    parts.append(text[position : block.end])
    return "".join(parts)


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
    try:
        _parse(text)
    except cst.ParserSyntaxError as error:
        # The first error of the file: the outline of a broken file need not be right.
        return SourceError(f"cannot parse {path}: line {error.raw_line}: invalid syntax")
    return SourceError(
        f"cannot parse {path}: line {line}: internal error: the file is valid but was cut in the wrong place"
    )


def with_deep_stack(function: Callable[[], Result], path: str, line: int) -> Result:
    """Return what `function` returns, on a deeper stack if it needs one.

    Raises `SourceError` where that does not suffice.
    """
    try:
        return function()
    except RecursionError:
        return on_deep_stack(function, path, line)


def on_deep_stack(function: Callable[[], Result], path: str, line: int) -> Result:
    """Return what `function` returns, run in a thread whose stack is deep.

    Raises `SourceError` where it is not deep enough.
    """
    results: list[Result] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(function())
        except Exception as error:
            errors.append(error)

    old_limit, old_size = sys.getrecursionlimit(), threading.stack_size(_STACK_SIZE)
    try:
        sys.setrecursionlimit(max(old_limit, _RECURSION_LIMIT))
        thread = threading.Thread(target=run, name="hookproof-deep")
        thread.start()
        thread.join()
    finally:
        threading.stack_size(old_size)
        sys.setrecursionlimit(old_limit)
    if results:
        return results[0]
    error = errors[0]
    if isinstance(error, (RecursionError, MemoryError)):
        raise SourceError(f"cannot parse {path}: line {line}: too deeply nested") from None
    raise error
