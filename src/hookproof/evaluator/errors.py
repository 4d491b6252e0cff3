"""Which errors go no further: what `except` clauses catch, and what context managers hold back."""

from __future__ import annotations

from hookproof.evaluator.predicates import Predicates
from hookproof.semantic.definitions import External
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

ANY_ERROR = frozenset({"builtins.Exception", "builtins.BaseException"})


def catches(handler: ir.Handler, errors: frozenset[str], scope: Scope, project: Project) -> bool:
    """Return whether an `except` clause names one of these errors, or none."""
    return handler.exceptions is None or _is_among(handler.exceptions, errors, scope, project)


def is_suppressing(context: ir.Expr, scope: Scope, project: Project) -> bool:
    """Return whether a context manager is `contextlib.suppress(...)`, whatever it swallows."""
    found = project.resolve(scope, context.func) if isinstance(context, ir.Call) else None
    return isinstance(found, External) and found.qualname == "contextlib.suppress"


def suppresses(context: ir.Expr, errors: frozenset[str], scope: Scope, project: Project) -> bool:
    """Return whether `contextlib.suppress(...)` swallows one of these errors."""
    given = context.args if isinstance(context, ir.Call) else ()
    return is_suppressing(context, scope, project) and any(
        _is_among(argument.value, errors, scope, project) for argument in given
    )


def _is_among(exceptions: ir.Expr, errors: frozenset[str], scope: Scope, project: Project) -> bool:
    classes = Predicates(project, scope).classes(exceptions)
    return any(isinstance(found, External) and found.qualname in errors for found in classes)
