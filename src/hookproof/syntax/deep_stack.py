"""Running what recurses deeply on a stack that is deep enough."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from hookproof.source.text import SourceError

Result = TypeVar("Result")

_STACK_SIZE = 512 * 1024 * 1024  # reserved, not used: pages that are never used cost nothing
_RECURSION_LIMIT = 40_000


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
