"""What stands for a function once its decorators have been called with it."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.interpreter.calls import call
from hookproof.interpreter.domain import Arguments, MethodValue, Value, Values
from hookproof.interpreter.names import file_frame
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import ClassValue, ExternalValue, PartialValue
from hookproof.interpreter.running import Running
from hookproof.interpreter.wrapped import WrappedFunction, WrappingValue
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.syntax import ir
from hookproof.worlds import registry

# Decorators of Python's own that the interpreter knows by what the function is to whoever asks for it.
_KNOWN = frozenset(
    {
        "abstractmethod", "asynccontextmanager", "cache", "cached_property", "classmethod", "contextmanager",
        "lru_cache", "override", "overload", "property", "setter", "singledispatch", "staticmethod", "wraps",
    }
)  # fmt: skip
_OWN = (FunctionValue, PartialValue, ClassValue, WrappingValue)


class Decorated:
    """Calls the decorators that the project defines, once for each function."""

    def __init__(self, run: Running) -> None:
        self._run = run
        self._made: dict[tuple[FunctionDefinition, int], tuple[FunctionValue, Values]] = {}

    def replaced(self, function: FunctionValue) -> Values:
        """Return what is called in a function's place, nothing where that is the function itself."""
        if function.is_bare or function.definition.decorator_names <= _KNOWN:
            return ()
        key = (function.definition, id(function.frame))
        if key not in self._made:
            self._made[key] = (function, ())
            # What the decorators do besides is done where the function is defined.
            is_again, self._run.progress.is_again = self._run.progress.is_again, True
            self.decorate(function)
            self._run.progress.is_again = is_again
        return self._made[key][1]

    def decorate(self, function: FunctionValue) -> None:
        """Call the decorators of a function, one with what the other gives: some register it."""
        run, body = self._run, function.definition.function
        frame = function.frame or file_frame(run, function.definition.scope.file)
        values: Values = (replace(function, bound_self=None, is_bare=True),)
        for decorator in reversed(body.decorators):
            node = ir.Call(decorator.at, decorator, (ir.Argument(ir.Name(body.at, body.name)),))
            if isinstance(decorator, ir.Attribute) and decorator.attr in run.project.facts.hook_apis:
                call(run, node, frame)
                continue
            callees = run.evaluate(decorator, frame)
            args = Arguments(node, frame, (values,))
            if callees and all(isinstance(callee, _OWN) or _leaves(callee) for callee in callees):
                made = tuple(value for value in run.call(callees, args) if self._is_callable(value))
                values = made or values
            else:
                run.call(tuple(c for c in callees if isinstance(c, (*_OWN, MethodValue))), args)
        is_same = all(isinstance(value, FunctionValue) and value.is_bare for value in values)
        key = (function.definition, id(function.frame))
        self._made[key] = (function, () if is_same else values)

    def _is_callable(self, value: Value) -> bool:
        if isinstance(value, ObjectValue):
            cls, project = value.definition if value.module_class is None else None, self._run.project
            return cls is not None and any(project.member(cls, name) for name in ("__call__", "__get__"))
        return isinstance(value, (FunctionValue, PartialValue, WrappedFunction))


def _leaves(callee: Value) -> bool:
    """Return whether a decorator is an entry point by which functions leave eager mode."""
    return isinstance(callee, ExternalValue) and callee.qualname in registry.decorators()
