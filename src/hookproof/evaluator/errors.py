"""Which errors go no further: what `except` clauses catch, and what context managers hold back."""

from __future__ import annotations

import builtins

from msgspec import Struct

from hookproof.evaluator.predicates import Predicates
from hookproof.semantic.definitions import External
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

ANY_ERROR = frozenset({"builtins.Exception", "builtins.BaseException"})

BASES = {
    "FrontendError": "Exception",
    "GuardOnDataDependentSymNode": "RuntimeError",
    "NotSupportedError": "FrontendError",
    "OnnxExporterError": "RuntimeError",
    "PickleError": "Exception",
    "PicklingError": "PickleError",
    "TorchDynamoException": "RuntimeError",
    "TorchExportError": "OnnxExporterError",
    "TraceError": "ValueError",
    "TracingCheckError": "Exception",
    "Unsupported": "TorchDynamoException",
    "UnsupportedNodeError": "NotSupportedError",
    "UserError": "TorchDynamoException",
}
"""The bases of predicted errors that are no builtins, which a test asks torch 2.13.0 for."""


class Catch(Struct, frozen=True):
    """A place where a program catches errors of some classes, by their names, and goes on."""

    location: Location
    names: frozenset[str]

    def catches(self, error: str) -> bool:
        """Return whether an error of a class, by its name, goes no further than this."""
        while error in BASES:
            if error in self.names:
                return True
            error = BASES[error]
        known = getattr(builtins, error, None)
        return isinstance(known, type) and any(base.__name__ in self.names for base in known.__mro__)


def caught_by(
    exceptions: tuple[ir.Expr, ...] | None, location: Location, scope: Scope, project: Project
) -> Catch:
    """Return what an `except` clause or `suppress` catches that names these; all where it names none."""
    if exceptions is None:
        return Catch(location, frozenset({"BaseException"}))
    classes = [found for each in exceptions for found in Predicates(project, scope).classes(each)]
    names = (found.qualname for found in classes if isinstance(found, External))
    return Catch(location, frozenset(name.rpartition(".")[2] for name in names))


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
