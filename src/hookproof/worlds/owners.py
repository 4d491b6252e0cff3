"""Whose attribute it is that a hook sets or fills: what a name in the hook stands for."""

from __future__ import annotations

from collections.abc import Callable

from hookproof.interpreter.domain import Values
from hookproof.interpreter.effect import Effect
from hookproof.interpreter.values import Hook
from hookproof.syntax.source_file import SourceFile

Named = Callable[[SourceFile, str], Values]


def owner_of(effect: Effect, hook: Hook, named: Named | None) -> Values:
    """Return the objects by which a hook reaches what it changes, nothing where nobody knows.

    `named` gives what a name of a file stands for in the end.
    """
    name, function = effect.owner, hook.function
    if name is None or function is None or hook.scope is None:
        return ()
    own = function.parameters[0].name if hook.bound_self is not None and function.parameters else None
    if name == own:
        return (hook.bound_self,) if hook.bound_self is not None else ()
    if name == hook.module_name:
        return ()
    given = given_to(effect, hook)
    if given is not None:
        return given
    frame = hook.frame
    while frame is not None:
        if name in frame.locals:
            return frame.locals[name]
        frame = frame.parent
    return named(hook.scope.file, name) if named is not None else ()


def given_to(effect: Effect, hook: Hook) -> Values | None:
    """Return what a partial gives under the name by which a hook reaches what it changes."""
    parameters = hook.function.parameters if hook.function is not None else ()
    names = [parameter.name for parameter in parameters[: hook.bound]][-len(hook.given) or hook.bound :]
    return dict(zip(names, hook.given, strict=False)).get(effect.owner or "")
