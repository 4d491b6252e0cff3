"""Reduces a hook to the flagged access: what it needs to run at all, on the lines where it was written.

torch reads hooks from their files, so a reduction is text in a file; its lines keep their numbers, so that
the place torch complains of can be compared with the finding's.
"""

from __future__ import annotations

import ast
from typing import Any, Iterable, Iterator

from .sources import Function, Source, names_bound, names_used, parameters

Line = "tuple[int, int, str]"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_BINDING = (ast.Assign, ast.AnnAssign, ast.For, ast.With, ast.Import, ast.ImportFrom)
_WITH = (ast.With, ast.AsyncWith)
_Match: Any = getattr(ast, "Match", ())  # not before Python 3.10


class Reduction:
    """The statements of `function` that a flagged node needs, as (line, depth, text).

    Whatever decides whether the node is come to stays: the tests, loops and `match` around it, and the early
    exits before it. Those that stand on a line of `without` are left out, for they fail by themselves.
    `in_python` for hooks that are not compiled: there a `try` or `with` around decides what comes of an
    error, and early exits stay as they are written. `guards` has the lines of each guard
    by its first, those that bind its names included; `deciding` are the names that guards read,
    `valued` those of which they ask more than whether they are None, or of which class.
    """

    def __init__(
        self,
        source: Source,
        function: Function,
        in_python: bool = False,
        without: frozenset[int] = frozenset(),
    ) -> None:
        self.source = source
        self.function = function
        self.in_python = in_python
        self.without = without
        self.lines: list[tuple[int, int, str]] = []
        self.guards: dict[int, set[int]] = {}
        self.deciding: set[str] = set()
        self.valued: set[str] = set()
        self._taken: set[int] = set()
        self._exits_taken: set[int] = set()
        # By what is around: parts of it, how deep what stands with them is, and all else, if it is kept.
        self._opened: dict[int, tuple[list[ast.AST], int, int | None]] = {}
        self._waiting: list[tuple[Any, ast.AST, ast.stmt]] = []  # guards, whose names are not bound so far
        self._written: set[int] = set()  # what stands in a statement that is there as it is written
        self._parameters = {p.arg for p in parameters(function)}

    @property
    def rows(self) -> list[tuple[int, int, str]]:
        """The lines in the order of the source, each once."""
        return sorted(dict.fromkeys(self.lines), key=lambda row: row[0])

    def add(self, node: Any, text: str | None = None, before: str | None = None) -> Reduction:
        """Add `node` (as `text` where given) with the guards around it and what binds its names.

        `before` is a simple statement that runs where the node's own would, which is simple too.
        """
        statement = self.source.statement_around(node)
        depth, ends = self._add_surroundings(statement)
        self._add_bindings(_names_left(node, text), statement)
        self._add_own_writes(node, statement)
        text = self._text_of(node) if text is None else text
        # On a line of its own it would move the node down.
        text = text if before is None else "{}; {}".format(before, text)
        self.lines.append((node.lineno, depth, text))
        self.lines += [(node.lineno, end, "break") for end in sorted(ends, reverse=True)]
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

    # --- what decides whether the node is come to -----------------------------------------------------

    def _add_surroundings(self, statement: ast.stmt) -> tuple[int, list[int]]:
        """Add the compound statements around; return the depth, and those at which a loop is to end."""
        if isinstance(self.function, ast.Lambda):
            return 0, []
        chain = []
        inner: ast.AST = statement
        for outer in self.source.ancestors(statement):
            if outer is self.function:
                break
            chain.append((outer, inner))
            inner = outer
        kept = []
        depth = 0
        for outer, inner in reversed(chain):
            headers = self._headers(outer, inner)
            headers = [] if headers and headers[0][0] in self.without else headers
            kept.append((outer, inner, headers, depth))
            if headers:
                self._taken.add(id(outer))
                depth += 1 + headers[-1][1]
                self._opened[id(outer)] = ([inner], depth, None)
        ends: list[int] = []
        for outer, inner, headers, before in kept:
            self._exits_before(self.source.parents[outer], outer, before)
            if not headers:
                continue
            self._add_guard(outer, _header_expression(outer), statement)
            self.lines += [(line, before + deeper, text) for line, deeper, text in headers]
            if isinstance(outer, ast.Try) and inner in outer.body:
                self._add_handlers(outer, before)
            if isinstance(outer, ast.While):
                ends.append(before + 1)  # one round is enough
            elif isinstance(outer, ast.Try) and ends:
                ends = [depth]
        self._exits_before(self.source.parents[statement], statement, depth)
        for guard in self._waiting:  # what is kept whole binds some of the names
            self._bind_guard(*guard)
        return depth, ends

    def _add_guard(self, node: Any, expression: ast.AST, before: ast.stmt) -> None:
        self._waiting.append((node, expression, before))
        self.deciding |= names_used(expression)
        self.valued |= _names_valued(expression)

    def _bind_guard(self, node: Any, expression: ast.AST, before: ast.stmt) -> None:
        count = len(self.lines)
        self._add_bindings(names_used(expression), before)
        bound = {line for line, _, _ in self.lines[count:]}
        end = getattr(expression, "end_lineno", None) or node.lineno
        self.guards[node.lineno] = bound | set(range(node.lineno, end + 1))

    def guard_at(self, line: int) -> int | None:
        """Return the first line of the guard that a line belongs to, None where it is of none."""
        return next((first for first, lines in sorted(self.guards.items()) if line in lines), None)

    def _headers(self, outer: Any, inner: ast.AST) -> list[tuple[int, int, str]]:
        """Return the lines that open `outer` around the part with `inner`, as (line, depth, text)."""
        segment, line = self.source.segment, getattr(outer, "lineno", 0)
        if isinstance(outer, ast.If):
            test = segment(outer.test)
            return [
                (line, 0, "if ({}):".format(test) if inner in outer.body else "if not ({}):".format(test))
            ]
        if isinstance(outer, (ast.For, ast.AsyncFor)) and inner in outer.body:
            return [(line, 0, "for {} in ({}):".format(segment(outer.target), segment(outer.iter)))]
        if isinstance(outer, ast.While) and inner in outer.body:
            return [(line, 0, "while ({}):".format(segment(outer.test)))]
        if not self.in_python:
            return []
        if isinstance(outer, ast.Try) and inner in outer.body:
            return [(line, 0, "try:")]
        if isinstance(outer, ast.Try) and isinstance(inner, ast.ExceptHandler):
            tried = [row for part in outer.body for row in self._as_written(part, 1)]
            return [(line, 0, "try:"), *tried, (inner.lineno, 0, "except{}:".format(_caught(inner, segment)))]
        if isinstance(outer, _WITH):
            items = ", ".join(segment(item.context_expr) + _as(item, segment) for item in outer.items)
            return [(line, 0, "with {}:".format(items))]
        if isinstance(outer, _Match):
            rows = [(line, 0, "match {}:".format(segment(outer.subject)))]
            for case in outer.cases:
                text = segment(case.pattern) + (" if {}".format(segment(case.guard)) if case.guard else "")
                is_own = inner is case or inner in case.body
                rows.append((case.pattern.lineno, 1, "case {}:{}".format(text, "" if is_own else " pass")))
                if is_own:
                    return rows
        return []

    def _add_handlers(self, statement: ast.Try, depth: int) -> None:
        for handler in statement.handlers:
            text = "except{}: pass".format(_caught(handler, self.source.segment))
            self.lines.append((handler.lineno, depth, text))
        if not statement.handlers:
            self.lines.append((statement.finalbody[0].lineno - 1, depth, "finally: pass"))

    def _exits_before(self, outer: Any, inner: ast.AST, depth: int) -> None:
        for body in (getattr(outer, name, None) for name in ("body", "orelse", "finalbody")):
            if isinstance(body, list) and inner in body:
                for statement in body[: body.index(inner)]:
                    if id(statement) not in self._exits_taken:
                        self._exits_taken.add(id(statement))
                        self._add_exit(statement, depth)

    def _add_exit(self, statement: ast.stmt, depth: int) -> None:
        """Add a statement that may leave the function, or the round of a loop, before the flagged node."""
        if statement.lineno in self.without or not _leaves(statement):
            return
        if self.in_python:
            self._add_guard(statement, _header_expression(statement), statement)
            self._add_bindings(names_used(statement) - names_bound(statement), statement)
            self.lines += self._as_written(statement, depth)
        elif isinstance(statement, ast.If):
            self.lines += self._skeleton(statement, depth)

    def _as_written(self, statement: ast.stmt, depth: int) -> list[tuple[int, int, str]]:
        self._written.update(map(id, ast.walk(statement)))
        lines = self.source.lines[statement.lineno - 1 : statement.end_lineno]
        width = self.source.range(statement)[1] - 1
        return [
            (statement.lineno + number, depth, line[width:].rstrip("\n"))
            for number, line in enumerate(lines)
            if line.strip()
        ]

    def _skeleton(self, statement: ast.If, depth: int) -> list[tuple[int, int, str]]:
        """Return a test with nothing in its branches but the exits."""
        self._add_guard(statement, statement.test, statement)
        shown: list[ast.AST] = [statement.body[0], *filter(_leaves, statement.orelse)]
        self._opened[id(statement)] = (shown, depth + 1, depth)
        branches = [self._exits_of(branch, depth + 1) for branch in (statement.body, statement.orelse)]
        test = self.source.segment(statement.test)
        is_simple = len(branches[0]) == 1 and not branches[0][0][2].startswith("if ")
        if is_simple and not branches[1]:
            del self._opened[id(statement)]
            return [(statement.lineno, depth, "if ({}): {}".format(test, branches[0][0][2]))]
        rows = [(statement.lineno, depth, "if ({}):".format(test))]
        rows += branches[0] or [(statement.body[0].lineno, depth + 1, "pass")]
        if branches[1]:
            rows += [(branches[1][0][0], depth, "else:"), *branches[1]]
        return rows

    def _exits_of(self, body: list[ast.stmt], depth: int) -> list[tuple[int, int, str]]:
        rows: list[tuple[int, int, str]] = []
        for statement in body:
            if isinstance(statement, (ast.Return, ast.Raise)):
                rows.append((statement.lineno, depth, "return"))
            elif isinstance(statement, (ast.Continue, ast.Break)):
                rows.append((statement.lineno, depth, self.source.segment(statement)))
            elif isinstance(statement, ast.If) and _leaves(statement):
                rows += self._skeleton(statement, depth)
        return rows

    def needed(self, names: set[str]) -> set[str]:
        """Return `names` and those that what binds them in the function needs, in turn."""
        known, waiting = set(names), set(names)
        while waiting:
            found: set[str] = set()
            for node in ast.walk(self.function):
                is_binding = isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, *_LOOPS, *_WITH))
                if is_binding and names_bound(_header_of(node)) & waiting:
                    found |= names_used(_header_expression(node))
            waiting = found - known
            known |= found
        return known

    # --- what binds its names ---------------------------------------------------------------------------

    def _add_bindings(self, names: Iterable[str], before: ast.stmt) -> None:
        wanted = set(names) - self._parameters
        if not wanted or isinstance(self.function, ast.Lambda):
            return
        nodes: Iterator[Any] = ast.walk(self.function)
        for node in nodes:
            if not isinstance(node, _BINDING) or node.lineno > before.lineno or node is before:
                continue
            if id(node) in self._taken or id(node) in self._written:
                continue
            depth = self._depth_of(node)
            if depth is not None and names_bound(_header_of(node)) & wanted:
                self._taken.add(id(node))
                self._add_binding(node, before, depth)

    def _depth_of(self, node: ast.AST) -> int | None:
        """Return how deep a statement stands in what is kept around it; None for one in another branch."""
        inner = node
        for outer in self.source.ancestors(node):
            if outer is self.function:
                break
            if id(outer) in self._opened:
                parts, depth, otherwise = self._opened[id(outer)]
                return depth if any(_are_together(outer, part, inner) for part in parts) else otherwise
            inner = outer
        return 0

    def _add_binding(self, node: Any, before: ast.stmt, depth: int) -> None:
        self._add_bindings(names_used(_header_expression(node)), before)
        segment = self.source.segment
        if isinstance(node, ast.For):
            # One round is enough, and the names stay bound after it.
            text = "for {} in ({}): pass".format(segment(node.target), segment(node.iter))
            self.lines.append((node.lineno, depth, text))
        elif isinstance(node, ast.With):
            for item in node.items:
                if item.optional_vars is not None:
                    text = "{} = ({})".format(segment(item.optional_vars), segment(item.context_expr))
                    self.lines.append((node.lineno, depth, text))
        else:
            self.lines.append((node.lineno, depth, segment(node)))


def _names_left(node: ast.AST, text: str | None) -> set[str]:
    """Return the names that a node reads as it is written in `text`: other arguments need none of theirs."""
    names = names_used(node)
    try:
        return names if text is None else names & names_used(ast.parse(text))
    except SyntaxError:
        return names


def _are_together(outer: ast.AST, first: ast.AST, second: ast.AST) -> bool:
    """Tell whether two parts of a compound statement run in one go, and not one in place of the other."""
    bodies = [getattr(outer, name, None) for name in ("body", "orelse", "finalbody")]
    return first is second or any(isinstance(b, list) and first in b and second in b for b in bodies)


def _leaves(statement: ast.AST) -> bool:
    """Tell whether a statement may leave the function or the loop around it."""
    if isinstance(statement, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
        return True
    if isinstance(statement, _FUNCTIONS) or not isinstance(statement, ast.stmt):
        return False
    parts = [*getattr(statement, "body", []), *getattr(statement, "orelse", [])]
    for handler in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        parts += handler.body
    own = (ast.Continue, ast.Break) if isinstance(statement, _LOOPS) else ()
    return any(_leaves(part) and not isinstance(part, own) for part in parts)


def _caught(handler: ast.ExceptHandler, segment: Any) -> str:
    name = " as " + handler.name if handler.name else ""
    return " " + segment(handler.type) + name if handler.type else ""


def _names_valued(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Compare) and all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
        return set()
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
        return set()
    own = {node.id} if isinstance(node, ast.Name) else set()
    return own.union(*(_names_valued(child) for child in ast.iter_child_nodes(node)))


def _as(item: ast.withitem, segment: Any) -> str:
    return "" if item.optional_vars is None else " as " + segment(item.optional_vars)


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
    if isinstance(node, _Match):
        guards = [case.guard for case in node.cases if case.guard]
        return ast.Tuple([node.subject, *guards, *(case.pattern for case in node.cases)], ast.Load())
    if isinstance(node, ast.Try):
        return ast.Tuple([handler.type for handler in node.handlers if handler.type], ast.Load())
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return ast.Tuple([i.context_expr for i in node.items], ast.Load())
    return node if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) else ast.Tuple([], ast.Load())
