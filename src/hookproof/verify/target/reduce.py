"""Reduces a hook to the flagged access: what it needs to run at all, on the lines where it was written.

torch reads hooks from their files, so a reduction is text in a file; its lines keep their numbers, so that
the place torch complains of can be compared with the finding's.
"""

from __future__ import annotations

import ast
import itertools
import os
from typing import Any, Iterable

from .outcome import InconclusiveError
from .sources import Function, Source, names_bound, names_used, parameters

Line = "tuple[int, int, str]"
_COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith)
_WORLD_TESTS = {"hasattr", "isinstance", "is_scripting", "is_tracing", "getattr", "type", "callable"}
_numbers = itertools.count()


class Reduction:
    """The statements of `function` that a flagged node needs, as (line, depth, text).

    `in_python` for hooks that are not compiled: there a `try` around decides what comes of an error.
    """

    def __init__(self, source: Source, function: Function, in_python: bool = False) -> None:
        self.source = source
        self.function = function
        self.in_python = in_python
        self.lines: list[tuple[int, int, str]] = []
        self._taken: set[int] = set()
        self._parameters = {p.arg for p in parameters(function)}

    def add(self, node: Any, text: str | None = None) -> Reduction:
        """Add `node` (as `text` where given) with the guards around it and what binds its names."""
        statement = self.source.statement_around(node)
        depth = self._add_surroundings(statement)
        self._add_bindings(names_used(node), statement)
        self._add_own_writes(node, statement)
        self.lines.append((node.lineno, depth, self._text_of(node) if text is None else text))
        return self

    def _add_own_writes(self, node: ast.AST, before: ast.stmt) -> None:
        """Add what the hook itself has set, unconditionally, of the attributes that `node` speaks of."""
        spoken = {self.source.segment(n) for n in ast.walk(node) if isinstance(n, ast.Attribute)}
        body = self.function.body if isinstance(self.function.body, list) else []
        for statement in body:
            if not isinstance(statement, ast.Assign) or statement.lineno >= before.lineno:
                continue
            if spoken & {self.source.segment(target) for target in statement.targets}:
                self._add_bindings(names_used(statement), statement)
                self.lines.append((statement.lineno, 0, self.source.segment(statement)))

    def _text_of(self, node: Any) -> str:
        if isinstance(node, ast.Return):
            return "({})".format(self.source.segment(node.value)) if node.value else "pass"
        if isinstance(node, (ast.stmt, ast.Yield, ast.YieldFrom)):
            return self.source.segment(node)
        return "({})".format(self.source.segment(node))

    def _add_surroundings(self, statement: ast.stmt) -> int:
        """Add the compound statements around that decide what the flagged access means; return the depth."""
        chain = []
        inner: ast.AST = statement
        for outer in self.source.ancestors(statement):
            if outer is self.function:
                break
            chain.append((outer, inner))
            inner = outer
        depth = 0
        for outer, inner in reversed(chain):
            self._add_early_exits(outer, inner, depth)
            header = self._header(outer, inner)
            if self.in_python and isinstance(outer, ast.Try) and inner in outer.body:
                self.lines.append((outer.lineno, depth, "try:"))
                self._add_handlers(outer, depth)
                depth += 1
            elif header:
                self._add_bindings(names_used(_header_expression(outer)), statement)
                self.lines.append((outer.lineno, depth, header))  # type: ignore[attr-defined]
                depth += 1
        return depth

    def _add_handlers(self, statement: ast.Try, depth: int) -> None:
        for handler in statement.handlers:
            caught = " " + self.source.segment(handler.type) if handler.type else ""
            self.lines.append((handler.lineno, depth, "except{}: pass".format(caught)))
        if not statement.handlers:
            self.lines.append((statement.finalbody[0].lineno - 1, depth, "finally: pass"))

    def _header(self, outer: ast.AST, inner: ast.AST) -> str | None:
        if isinstance(outer, ast.If) and self._is_guard(outer.test) and inner in [*outer.body, *outer.orelse]:
            test = self.source.segment(outer.test)
            return "if ({}):".format(test) if inner in outer.body else "if not ({}):".format(test)
        return None

    def _add_early_exits(self, outer: ast.AST, inner: ast.AST, depth: int) -> None:
        self._exits_before(getattr(outer, "body", []), inner, depth)

    def add_function_exits(self) -> None:
        """Add the guards that leave the function before anything flagged."""
        first = min((line for line, _, _ in self.lines), default=0)
        body = self.function.body if isinstance(self.function.body, list) else []
        for statement in body:
            if statement.lineno < first:
                self._add_exit(statement, 0)

    def _exits_before(self, body: Any, inner: ast.AST, depth: int) -> None:
        if not isinstance(body, list) or inner not in body:
            return
        for statement in body[: body.index(inner)]:
            self._add_exit(statement, depth)

    def _add_exit(self, statement: ast.stmt, depth: int) -> None:
        if not isinstance(statement, ast.If) or statement.orelse or not self._is_guard(statement.test):
            return
        last = statement.body[-1]
        if isinstance(last, (ast.Return, ast.Raise)):
            self._add_bindings(names_used(statement.test), statement)
            self.lines.append(
                (statement.lineno, depth, "if ({}): return".format(self.source.segment(statement.test)))
            )

    def _is_guard(self, test: ast.expr) -> bool:
        """Tell whether TorchScript may decide this test while it compiles, or it asks for the world."""
        called = {
            n.func.id if isinstance(n.func, ast.Name) else n.func.attr
            for n in ast.walk(test)
            if isinstance(n, ast.Call) and isinstance(n.func, (ast.Name, ast.Attribute))
        }
        return bool(called & _WORLD_TESTS)

    def _add_bindings(self, names: Iterable[str], before: ast.stmt) -> None:
        wanted = set(names) - self._parameters
        if not wanted or isinstance(self.function, ast.Lambda):
            return
        for node in ast.walk(self.function):
            is_binding = isinstance(
                node, (ast.Assign, ast.AnnAssign, ast.For, ast.With, ast.Import, ast.ImportFrom)
            )
            if not is_binding or node.lineno > before.lineno or id(node) in self._taken or node is before:  # type: ignore[attr-defined]
                continue
            if names_bound(_header_of(node)) & wanted:
                self._taken.add(id(node))
                self._add_binding(node, before)

    def _add_binding(self, node: Any, before: ast.stmt) -> None:
        self._add_bindings(names_used(_header_expression(node)), before)
        if isinstance(node, ast.For):
            # One round is enough, and the names stay bound after it.
            text = "for {} in ({}): pass".format(
                self.source.segment(node.target), self.source.segment(node.iter)
            )
            self.lines.append((node.lineno, 0, text))
        elif isinstance(node, ast.With):
            for item in node.items:
                if item.optional_vars is not None:
                    target, value = (
                        self.source.segment(item.optional_vars),
                        self.source.segment(item.context_expr),
                    )
                    self.lines.append((node.lineno, 0, "{} = ({})".format(target, value)))
        else:
            self.lines.append((node.lineno, 0, self.source.segment(node)))

    def add_loop(self, loop: ast.For, body: str) -> Reduction:
        """Add `loop` with `body` for its body."""
        depth = self._add_surroundings(loop)
        self._add_bindings(names_used(loop.iter), loop)
        target, iterable = self.source.segment(loop.target), self.source.segment(loop.iter)
        self.lines.append((loop.lineno, depth, "for {} in ({}): {}".format(target, iterable, body)))
        return self


def _header_of(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.For):
        return node.target
    if isinstance(node, ast.With):
        return ast.Tuple([i.optional_vars for i in node.items if i.optional_vars is not None], ast.Store())
    return node


def _header_expression(node: Any) -> ast.AST:
    if isinstance(node, ast.For):
        return node.iter
    if isinstance(node, (ast.If, ast.While)):
        return node.test
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return ast.Tuple([i.context_expr for i in node.items], ast.Load())
    return node if isinstance(node, (ast.Assign, ast.AnnAssign)) else ast.Tuple([], ast.Load())


def write_function(
    header: str, line: int, body: list[tuple[int, int, str]], folder: str, name: str, indent: int = 0
) -> str:
    """Write a file in which `header` stands on `line` and each line of `body` on its own; return its path.

    A body line that would stand on the header's line follows it there; where lines collide, a later one
    moves down.
    """
    first = min((n for n, _, _ in body), default=line + 1)
    shared = first <= line + header.count("\n")
    rows: list[str] = [""] * (line - 1)
    rows += (" " * indent + header).split("\n")
    margin = " " * (indent + 4)
    for number, depth, text in sorted(body, key=lambda row: row[0]):
        if shared and len(body) == 1:
            rows[-1] += " " + text
            continue
        while len(rows) < number - 1:
            rows.append("")
        rows += (margin + "    " * depth + text).split("\n")
    path = os.path.join(folder, "{}_{}.py".format(name, next(_numbers)))
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
    return path


def load(path: str, name: str, namespace: dict[str, Any]) -> Any:
    """Execute a written file in a copy of `namespace` and return what it defines as `name`."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    scope = dict(namespace, __name__="reduced_hook")
    try:
        exec(compile(text, path, "exec", dont_inherit=True), scope)
    except SyntaxError as error:
        raise InconclusiveError("the reduced hook is no Python: {}".format(error)) from error
    return scope[name]
