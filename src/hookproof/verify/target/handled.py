"""Tells what a program makes of an error: it waits for it, or catches it and goes on without."""

from __future__ import annotations

import ast
from typing import Any, Iterator, Union

from .callgraph import dotted
from .outcome import InconclusiveError
from .sources import source_of
from .state import is_installed
from .witness.frames import is_own

_Block = Union[ast.Try, ast.With, ast.AsyncWith]
_EXITS = ("exit", "quit", "sys.exit", "os._exit", "os.abort")


def is_expected(error: dict[str, Any], *, is_refused: bool) -> bool:
    """Tell whether the program fails unless this error comes, as a test does that asks for it.

    `is_refused` says that a registration raised it: whoever catches that has kept ScriptModules out.
    """
    return any(
        _asks_for_it(block) or (is_refused and _handlers(block, error)) for block in _blocks_around(error)
    )


def is_caught(error: dict[str, Any]) -> bool:
    """Tell whether the program catches an error, whatever it takes it for, and goes on."""
    return any(
        not handler or not _ends_it(handler[-1])
        for block in _blocks_around(error)
        for handler in _handlers(block, error)
    )


def _blocks_around(error: dict[str, Any]) -> Iterator[_Block]:
    """Yield the `try` and `with` statements of the project that were running where an error was raised."""
    for path, line in error["frames"]:
        if is_installed(path) or is_own(path):
            continue
        try:
            blocks = source_of(path).blocks
        except InconclusiveError:
            continue
        for block in blocks:
            if block.body[0].lineno <= line <= (block.body[-1].end_lineno or 0):
                yield block


def _handlers(block: _Block, error: dict[str, Any]) -> list[list[ast.stmt]]:
    """Return what is run after the error: the bodies of handlers, nothing for `contextlib.suppress`."""
    if isinstance(block, ast.Try):
        return [h.body for h in block.handlers if h.type is None or _names(h.type, error)]
    calls = [item.context_expr for item in block.items if isinstance(item.context_expr, ast.Call)]
    return [
        [] for call in calls if _last_name(call) == "suppress" and any(_names(a, error) for a in call.args)
    ]


def _names(classes: ast.expr, error: dict[str, Any]) -> bool:
    named = {dotted(node).rpartition(".")[2] for node in ast.walk(classes)}
    return not named.isdisjoint(error["bases"])


def _asks_for_it(block: _Block) -> bool:
    if isinstance(block, ast.Try):
        return any(bool(body) and _says_not_reached(body[-1]) for body in (block.body, block.orelse))
    names = [_last_name(item.context_expr) for item in block.items]
    return any(name == "raises" or name.startswith("assertRaises") for name in names)


def _says_not_reached(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assert):
        return isinstance(statement.test, ast.Constant) and not statement.test.value
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Call) and _last_name(statement.value) == "fail"
    return isinstance(statement, ast.Raise)


def _ends_it(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return dotted(statement.value.func) in _EXITS
    return isinstance(statement, ast.Raise)


def _last_name(expr: ast.expr) -> str:
    return dotted(expr.func).rpartition(".")[2] if isinstance(expr, ast.Call) else ""
