"""What `torch.jit.script` meets where a decorator puts something else in the place of a hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookproof.interpreter.hooks import hook_of_function
from hookproof.interpreter.values import Hook
from hookproof.semantic.definitions import External, FunctionDefinition
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.semantic.project import Project

_FUNCTIONS = frozenset({"function", "nested function", "factory"})
# Measured on 2.13.0: what these give has no `__globals__`, and torch refuses it before it reads any source.
_OBJECT_MAKERS = frozenset(
    {"builtins.staticmethod", "functools.cache", "functools.lru_cache", "torch.jit.script"}
)


def as_compiled(hook: Hook, project: Project) -> Hook:
    """Return what torch compiles for a hook; a decorator that is not understood changes nothing."""
    if hook.form not in _FUNCTIONS or hook.function is None or hook.scope is None:
        return hook
    outer = Scope(hook.scope.file, hook.scope.functions[:-1])
    is_method = hook.owner is not None
    for decorator in reversed(hook.function.decorators):
        called = decorator.func if isinstance(decorator, ir.Call) else decorator
        definition = project.resolve(outer, called)
        if isinstance(definition, External) and definition.qualname in _OBJECT_MAKERS:
            # A class looks through its static methods.
            is_unwrapped = is_method and definition.qualname == "builtins.staticmethod"
            return hook if is_unwrapped else Hook("callable object", hook.location, qualname=hook.qualname)
        inner = _inner(definition) if called is decorator else None
        if inner is None:
            return hook
        hook = hook_of_function(inner, "factory", hook.location)
    return hook


def _inner(decorator: object) -> FunctionDefinition | None:
    """Return the function that a decorator makes and returns with nothing to tell what it stands for."""
    if not isinstance(decorator, FunctionDefinition) or len(decorator.function.parameters) != 1:
        return None
    match decorator.function.body:
        case (*_, ir.Define(function=inner), ir.Return(value=ir.Name(id=returned))):
            scope = Scope(decorator.scope.file, (*decorator.scope.functions, decorator.function))
            is_plain = returned == inner.name and not inner.decorators
            qualname = f"{decorator.qualname}.{inner.name}"
            return FunctionDefinition(inner.name, scope, qualname, body=inner) if is_plain else None
    return None
