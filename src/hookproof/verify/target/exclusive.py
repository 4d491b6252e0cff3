"""Tells whether two lines of one function exclude each other: one test decides both, each way one of them."""

from __future__ import annotations

import ast
from typing import Any, Iterator

from .callgraph import dotted
from .outcome import InconclusiveError
from .sources import Source, names_bound, parameters, source_of

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_Match: Any = getattr(ast, "Match", ())  # not before Python 3.10
_OPPOSITES = {ast.NotEq: "==", ast.IsNot: "is", ast.NotIn: "in"}
_SAME_AGAIN = ("environ.get", "getenv", "is_available", "isinstance")  # calls that give the same each time

Condition = "tuple[str, bool, Any]"  # what must hold, or must not, and the node that says so


def exclude(path: str, registration: int, entry: int) -> bool:
    """Tell whether a module hooked on one line never comes to the entry point on the other.

    So it is where the function that holds both makes the module, and comes to one of the two at most.
    """
    try:
        source = source_of(path)
        lines = source.statement_on(registration), source.statement_on(entry)
    except InconclusiveError:
        return False
    functions = {source.function_around(line) for line in lines}
    if len(functions) != 1:
        return False
    function = functions.pop()
    if function is not None and not _is_made_here(lines[0], function):
        return False
    around = [
        [c for c in _conditions(source, line) if _is_constant(source, function, c[2], lines)]
        for line in lines
    ]
    return any(_contradict(one, other) for one in around[0] for other in around[1])


def _is_made_here(statement: ast.stmt, function: Any) -> bool:
    """Tell whether what the hook is put on is no argument, which could come back in another call."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and "hook" in node.attr:
            root = dotted(node.value).partition(".")[0]
            made = {name for n in ast.walk(function) if isinstance(n, ast.Assign) for name in names_bound(n)}
            if root in made and root not in {p.arg for p in parameters(function)}:
                return True
    return False


def _conditions(source: Source, line: ast.stmt) -> Iterator[tuple[str, bool, Any]]:
    """Yield what holds where a line is come to: the tests around it, and the early exits before it."""
    inner: ast.AST = line
    for outer in source.ancestors(line):
        if isinstance(outer, ast.If) and inner is not outer.test:
            yield from _holding(source, outer.test, inner in outer.body)
        elif isinstance(outer, _Match):
            number = next((n for n, case in enumerate(outer.cases) if case is inner), 0)
            yield "case {} of {}".format(number, outer.lineno), True, outer.subject
        for body in (getattr(outer, name, None) for name in ("body", "orelse", "finalbody")):
            if isinstance(body, list) and inner in body:
                for before in body[: body.index(inner)]:
                    if isinstance(before, ast.If) and _leaves(before.body):
                        yield from _holding(source, before.test, False)
                    elif isinstance(before, ast.If) and _leaves(before.orelse):
                        yield from _holding(source, before.test, True)
        if isinstance(outer, _SCOPES):
            return
        inner = outer


def _leaves(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Raise))


def _holding(source: Source, test: ast.expr, holds: bool) -> Iterator[tuple[str, bool, Any]]:
    """Yield a test in its parts, as what holds and what does not."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _holding(source, test.operand, not holds)
    elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) == holds:
        for value in test.values:
            yield from _holding(source, value, holds)
    elif isinstance(test, ast.Compare) and type(test.ops[0]) in _OPPOSITES and len(test.ops) == 1:
        sides = (source.segment(test.left), source.segment(test.comparators[0]))
        yield "{} {} {}".format(sides[0], _OPPOSITES[type(test.ops[0])], sides[1]), not holds, test
    else:
        yield source.segment(test), holds, test


def _contradict(one: tuple[str, bool, Any], other: tuple[str, bool, Any]) -> bool:
    if one[0] == other[0]:
        return one[1] is not other[1]
    if not (one[1] and other[1]):
        return False
    if one[0].startswith("case ") and other[0].startswith("case "):
        return one[2] is other[2]
    first, second = _compared(one[2]), _compared(other[2])
    return first is not None and second is not None and first[0] == second[0] and first[1] != second[1]


def _compared(test: ast.expr) -> tuple[str, Any] | None:
    """Return what a test compares with which literal, as `name == "a"` does."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return None
    try:
        return ast.dump(test.left), ast.literal_eval(test.comparators[0])
    except ValueError:
        return None


def _is_constant(source: Source, function: Any, test: ast.AST, lines: tuple[ast.stmt, ast.stmt]) -> bool:
    """Tell whether a test comes to the same on both lines: nothing between changes what it reads."""
    for node in ast.walk(test):
        if isinstance(node, ast.Call) and not dotted(node.func).endswith(_SAME_AGAIN):
            return False
    loops = [
        outer for outer in source.ancestors(lines[0]) if isinstance(outer, _LOOPS) and _holds(outer, lines[1])
    ]
    names = {n.id for n in ast.walk(test) if isinstance(n, ast.Name)}
    attributes = {dotted(n) for n in ast.walk(test) if isinstance(n, ast.Attribute)}
    stored = []
    for node in ast.walk(source.tree if function is None else function):
        is_store = isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del))
        if is_store and isinstance(node, ast.Attribute) and dotted(node) in attributes:
            return False
        if is_store and isinstance(node, ast.Name) and node.id in names:
            if any(_holds(loop, node) for loop in loops):
                return False
            stored.append(node.id)
    given = set() if function is None else {p.arg for p in parameters(function)}
    return len(stored) == len(set(stored)) and not given & set(stored)


def _holds(outer: ast.AST, inner: ast.AST) -> bool:
    return any(node is inner for node in ast.walk(outer))
