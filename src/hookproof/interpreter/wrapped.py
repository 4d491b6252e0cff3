"""What `torch.compile` gives: a module around a module, a function around a function, or a decorator."""

from __future__ import annotations

from collections.abc import Callable

from hookproof.interpreter.domain import Access, Arguments, Evaluator, MethodValue, Value, Values
from hookproof.interpreter.objects import ObjectValue

INNER = "_orig_mod"

# What the wrapper has of its own; all else is that of the module inside.
_OWN = frozenset(
    {
        "__call__", "apply", "children", "cuda", "cpu", "double", "eval", "float", "forward", "half",
        "load_state_dict", "modules", "named_children", "named_modules", "named_parameters", "parameters",
        "requires_grad_", "state_dict", "to", "train", "zero_grad",
    }
)  # fmt: skip


class WrappedModule(ObjectValue, frozen=True, eq=False, kw_only=True):
    """The module that is put around another one, whose attributes it has."""

    inner: ObjectValue

    def get(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return the module inside, a hook table of its own, or what the module inside has."""
        if name == INNER:
            return (self.inner,)
        if name.endswith("_hooks"):
            return run.own_attribute(self, name, access)
        if name in _OWN:
            return (MethodValue(self, name, access.location),)
        return self.inner.get(run, name, access)

    def method(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return a method of its own, the module inside that is called, or a method of that."""
        if name == INNER:
            return (self.inner,)
        if name in _OWN:
            return (MethodValue(self, name, access.location),)
        return self.inner.method(run, name, access)

    def item(self, run: Evaluator, key: Values, access: Access) -> Values:
        """Return a part of the module inside."""
        return self.inner.item(run, key, access)

    def elements(self, run: Evaluator) -> Values:
        """Return any part of the module inside."""
        return self.inner.elements(run)

    def part(self, run: Evaluator, index: int) -> Values:
        """Return a part of the module inside."""
        return self.inner.part(run, index)

    def special(self, run: Evaluator, name: str, args: Arguments) -> Values | None:
        """Call a method of the class of the module inside."""
        return self.inner.special(run, name, args)

    def set(self, run: Evaluator, name: str, values: Values) -> None:
        """Set an attribute of the module inside."""
        self.inner.set(run, name, values)

    def assign(self, run: Evaluator, name: str, values: Values, access: Access) -> None:
        """Set an attribute of the module inside."""
        self.inner.assign(run, name, values, access)

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Call it."""
        return run.call_method(self, "__call__", args)


class WrappedFunction(Value, frozen=True, eq=False):
    """A function that is compiled at its first call; `watch` is told of each call and of its end."""

    function: Values
    watch: Callable[[Arguments | None], None]

    @property
    def is_none(self) -> bool | None:
        """Whether it is None: never."""
        return False

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Run the function."""
        self.watch(args)
        try:
            return run.call_inside(self.function, args)
        finally:
            self.watch(None)


class WrappingValue(Value, frozen=True, eq=False):
    """`torch.compile(backend=…)` without a function: what it is called with is compiled."""

    wrap: Callable[[Values], Values]

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Compile what is given."""
        return self.wrap(args.value(0, "model"))
