"""How functions come to their ends: which of them never come back to whoever calls them."""

from __future__ import annotations

from hookproof.semantic.definitions import External, FunctionDefinition
from hookproof.semantic.effects import statements_of
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_MAX_DEPTH = 5
# What ends the program.
EXITS = frozenset({"builtins.exit", "builtins.quit", "os._exit", "os.abort", "sys.exit"})
_WORDS = ("abort", "exit", "quit", "raise")


def never_returns(definition: FunctionDefinition, project: Project, depth: int = _MAX_DEPTH) -> bool:
    """Return whether a function, whatever it is given, ends in an error or ends the program."""
    text = definition.scope.file.block_text(definition.block_index)
    if not any(word in text for word in _WORDS):  # most have none, and a parse costs more than a look
        return False
    function = definition.function
    scope = Scope(definition.scope.file, (*definition.scope.functions, function))
    return not function.is_generator and any(
        isinstance(statement, ir.Raise)
        or (isinstance(statement, ir.Expression) and _ends(statement.value, scope, project, depth))
        for statement in _before_a_branch(function.body)
    )


def returns_in(body: tuple[ir.Stmt, ...]) -> tuple[ir.Return, ...]:
    """Return every `return` of statements, those of compound statements included."""
    return tuple(statement for statement in statements_of(body) if isinstance(statement, ir.Return))


def ends_body(statement: ir.Stmt) -> bool:
    """Return whether nothing behind a statement is carried out, in the body that it stands in."""
    return isinstance(statement, ir.Return | ir.Raise) or (
        isinstance(statement, ir.Jump) and statement.kind in {"break", "continue"}
    )


def may_leave_loop(body: tuple[ir.Stmt, ...]) -> bool:
    """Return whether statements of a loop's body may leave it before another turn."""
    return any(
        isinstance(statement, ir.Return) or (isinstance(statement, ir.Jump) and statement.kind == "break")
        for statement in statements_of(body)
    )


def returns_early(body: tuple[ir.Stmt, ...]) -> bool:
    """Return whether the body of a function may be left before its end, but by an error."""
    return any(found is not body[-1] for found in returns_in(body))


def fails(call: ir.Call, scope: Scope, project: Project) -> bool:
    """Return whether a call ends the program as failed: with a status that is not 0, or with a message."""
    called = project.resolve(scope, call.func)
    if not isinstance(called, External) or called.qualname not in EXITS:
        return False
    match call.args:
        case (ir.Argument(value=ir.Constant(value=status)),):
            return bool(status)
        case (ir.Argument(value=ir.Opaque(syntax="f-string")),):
            return True
    return called.qualname == "os.abort"


def _before_a_branch(body: tuple[ir.Stmt, ...]) -> list[ir.Stmt]:
    """Return the statements that are certainly reached, one after the other."""
    found: list[ir.Stmt] = []
    for statement in body:
        if isinstance(statement, (ir.Return, ir.If, ir.Try, ir.With, ir.For, ir.While, ir.Match)):
            break
        found.append(statement)
    return found


def _ends(expr: ir.Expr, scope: Scope, project: Project, depth: int) -> bool:
    if not isinstance(expr, ir.Call):
        return False
    match project.resolve(scope, expr.func):
        case External(qualname=qualname):
            return qualname in EXITS
        case FunctionDefinition() as called if depth:
            return never_returns(called, project, depth - 1)
    return False
