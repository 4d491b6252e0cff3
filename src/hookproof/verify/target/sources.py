"""Finds functions, statements and expressions of a source file by the places findings name."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any, Iterator, Union, cast

from .outcome import InconclusiveError

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda]


class Source:
    """A parsed file: every node knows its parent."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            with open(path, "rb") as file:
                data = file.read()
            # ast counts the columns of a line in bytes of UTF-8, people in characters
            self.tree = ast.parse(data)
        except (OSError, SyntaxError, ValueError) as error:
            raise InconclusiveError("{} can't be read: {}".format(path, error)) from error
        self.text = _decode(data)
        self.lines = self.text.splitlines(keepends=True)
        self.parents: dict[ast.AST, ast.AST] = {}
        self.blocks: list[ast.Try | ast.With | ast.AsyncWith] = []
        for parent in ast.walk(self.tree):
            if isinstance(parent, (ast.Try, ast.With, ast.AsyncWith)):
                self.blocks.append(parent)
            for child in ast.iter_child_nodes(parent):
                self.parents[child] = parent

    def segment(self, node: Any) -> str:
        """Return the text of a node as it is written."""
        line, column, end_line, end_column = self.range(node)
        lines = self.lines[line - 1 : end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: end_column - 1]
        lines[0] = lines[0][column - 1 :]
        return "".join(lines)

    def with_mark(self, statement: ast.stmt, node: ast.expr, mark: str) -> str | None:
        """Return the text of a statement with `mark` before a value it reads; None where it reads none."""
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return None
        first, start, _, _ = self.range(statement)
        line, column, end_line, end_column = self.range(node)
        rows = self.segment(statement).split("\n")
        for number, at, text in ((end_line, end_column, "))"), (line, column, "({}(".format(mark))):
            index = at - (start if number == first else 1)
            row = rows[number - first]
            rows[number - first] = row[:index] + text + row[index:]
        return "\n".join(rows)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes around `node`, innermost first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def range(self, node: Any) -> tuple[int, int, int, int]:
        """Return the node's 1-based range in characters, the end exclusive."""
        return (
            node.lineno,
            self._column(node.lineno, node.col_offset),
            node.end_lineno,
            self._column(node.end_lineno, node.end_col_offset),
        )

    def _column(self, line: int, offset: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return len(text.encode("utf-8")[:offset].decode("utf-8", "replace")) + 1

    def at(self, line: int, column: int, end_line: int, end_column: int) -> ast.AST | None:
        """Return the outermost node that starts and ends there; failing that, the smallest around it."""
        best: ast.AST | None = None
        size: tuple[int, int] | None = None
        nodes: Iterator[Any] = ast.walk(self.tree)
        for node in nodes:
            if (
                not hasattr(node, "lineno")
                or isinstance(node, ast.Expr)
                or not line <= node.end_lineno
                or not node.lineno <= end_line
            ):
                continue
            start = self.range(node)
            if start == (line, column, end_line, end_column):
                return cast(ast.AST, node)
            if start[:2] <= (line, column) and (end_line, end_column) <= start[2:]:
                span = (start[2] - start[0], start[3] - start[1] if start[0] == start[2] else 0)
                if size is None or span < size:
                    best, size = node, span
        return best

    def function_around(self, node: ast.AST) -> Function | None:
        """Return the innermost function that holds `node` (not in its decorators)."""
        inside = node
        for outer in self.ancestors(node):
            if (
                isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef))
                and inside not in outer.decorator_list
            ):
                return outer
            if isinstance(outer, ast.Lambda):
                return outer
            inside = outer
        return None

    def function_at(self, line: int, name: str | None = None) -> Function | None:
        """Return the function whose `def`, or whose first decorator, stands on `line`."""
        found = None
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                if first <= line <= node.lineno and (name is None or node.name == name):
                    return node
            elif isinstance(node, ast.Lambda) and node.lineno == line and found is None:
                found = node
        return found

    def statement_on(self, line: int) -> ast.stmt:
        """Return the innermost statement that `line` belongs to."""
        found: ast.stmt | None = None
        for node in ast.walk(self.tree):
            is_on = isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
            if is_on and (found is None or node.lineno >= found.lineno):  # type: ignore[attr-defined]
                found = node  # type: ignore[assignment]
        if found is None:
            raise InconclusiveError("no statement stands at the finding")
        return found

    def statement_around(self, node: ast.AST) -> ast.stmt:
        """Return the innermost statement that holds `node`."""
        if isinstance(node, ast.stmt):
            return node
        for outer in self.ancestors(node):
            if isinstance(outer, ast.stmt):
                return outer
        raise InconclusiveError("no statement stands at the finding")


def _decode(data: bytes) -> str:
    import io
    import tokenize

    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")


@lru_cache(maxsize=None)
def source_of(path: str) -> Source:
    """Return the parsed file."""
    return Source(path)


def parameters(function: Function) -> list[ast.arg]:
    """Return the positional parameters."""
    return [*getattr(function.args, "posonlyargs", []), *function.args.args]


def names_used(node: ast.AST) -> set[str]:
    """Return the names that `node` reads."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)}


def names_bound(node: ast.AST) -> set[str]:
    """Return the names that `node` binds itself."""
    bound = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        bound.add(node.name)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        bound |= {(a.asname or a.name).split(".")[0] for a in node.names}
    return bound
