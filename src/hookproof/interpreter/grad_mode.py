"""Where a program runs without gradients, so that no tensor has a graph behind it."""

from __future__ import annotations

from hookproof.semantic.definitions import External
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

# The decorators, and the last names of the contexts, under which there are none, or perhaps none.
WITHOUT_GRAD = frozenset({"no_grad", "inference_mode", "set_grad_enabled", "_set_grad_enabled"})


def is_without_grad(context: ir.Expr, scope: Scope, project: Project) -> bool:
    """Return whether gradients may be off in the body of a `with` statement."""
    if not isinstance(context, ir.Call):
        return False
    found = project.resolve(scope, context.func)
    if not isinstance(found, External):
        return False
    return found.qualname.startswith("torch.") and found.qualname.rpartition(".")[2] in WITHOUT_GRAD
