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
    """The tree of a block of `text`; `file_line` turns the tree's lines into the file's."""

    def __init__(self, text: str, outline: Outline, index: int, path: str) -> None:
        block = outline.blocks[index]
        methods = (
            [b for b in outline.blocks[index + 1 :] if b.owner == index] if block.kind == "class" else []
        )
        source, self._cuts = _cut(text, block, methods)
        self._first_line = block.line
        if block.kind == "method":
            # With its own indentation, so that columns stay what they are in the file.
            source = "class _:\n" + source
            self._first_line -= 1
        self.is_method = block.kind == "method"
        self.has_methods_cut = bool(methods)
        self.has_type_ignores = _TYPE_IGNORE.search(source) is not None
        try:
            self.module = _parse(source)
        except cst.ParserSyntaxError as error:
            raise _syntax_error(text, path, self.file_line(error.raw_line)) from None

    def file_line(self, line: int) -> int:
        """Return the 1-based line of the file that line `line` of the tree is."""
        left_out = 0
        for start, lines in self._cuts:
            if line < start:
                break
            left_out = lines
        return self._first_line + line - 1 + left_out

    def statements(self) -> cst.Module | cst.BaseSuite:
        """Return the node whose body is the block's statements."""
        if self.is_method:
            wrapper = self.module.body[0]
            assert isinstance(wrapper, cst.ClassDef)
            return wrapper.body
        return self.module


def _cut(text: str, block: Block, methods: list[Block]) -> tuple[str, list[tuple[int, int]]]:
    """Return the text of `block` without `methods`, and from which of its lines on how many are left out.

    Blank lines in their stead would keep the numbers, but libcst makes an object of each.
    """
    if not methods:
        return text[block.start : block.end], []
    parts: list[str] = []
    cuts: list[tuple[int, int]] = []
    position, line, left_out = block.start, 1, 0
    for number, method in enumerate(methods):
        kept = text[position : method.start]
        if number == 0:  # a class needs a body
            indent = re.match(r"[ \t\f]*", text[method.start : method.end])
            kept += f"{indent[0] if indent else ''}pass\n"
            left_out -= 1
        parts.append(kept)
        line += kept.count("\n")
        left_out += text.count("\n", method.start, method.end)
        cuts.append((line, left_out))
        position = method.end
    parts.append(text[position : block.end])
    return "".join(parts), cuts


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
