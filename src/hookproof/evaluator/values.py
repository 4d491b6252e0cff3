"""Plain values: literals, tuples, and callables that are made of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hookproof.evaluator.container_methods import Method
from hookproof.evaluator.contents import Items, Key
from hookproof.evaluator.domain import Access, Arguments, Evaluator, Frame, Value, agreed
from hookproof.evaluator.strings import TEXT_METHODS
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.syntax import ir


class Const(Value, frozen=True):
    """A literal, or what was worked out from literals."""

    value: Key

    @property
    def text(self) -> str | None:
        """The string, None for anything else."""
        return self.value if isinstance(self.value, str) else None

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return a method of a string."""
        row = TEXT_METHODS.get(name) if access.use == "call" and self.text is not None else None
        return None if row is None else Native(native(row), self)

    def truth(self) -> bool | None:
        """Return whether the literal counts as true."""
        return bool(self.value)


class Flag(Value, frozen=True):
    """The outcome of a test, and what it says of the code under it where the outcome is asked later."""

    yes: frozenset[str]
    no: frozenset[str]


class Native(Value, frozen=True):
    """A callable that is modelled here; `owner` is what it is a method of, or was made with."""

    model: Callable[[Evaluator, Value, Arguments], Value | None]
    owner: Value

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Do what the model does."""
        return self.model(run, self.owner, args)

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return what it was made with."""
        return (self.owner,)


def native(row: Method[Any, Any]) -> Callable[[Evaluator, Value, Arguments], Value | None]:
    """Return the model of a method that is the same in every domain."""
    return lambda run, owner, args: row(run.containers, owner, args)


class CallableValue(Value, frozen=True):
    """A callable that was made of what it holds: a getter, a weak reference, the `result` of a future."""

    answer: Callable[[Arguments], Value | None]
    holds: tuple[Value | None, ...]

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Give its answer."""
        return self.answer(args)

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return what it was made of."""
        return self.holds


class Entered(Value, frozen=True):
    """A context manager that gives a value where it is entered."""

    value: Value | None

    def entered(self, run: Evaluator, access: Access) -> Value | None:
        """Give the value."""
        return self.value

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the value."""
        return (self.value,)


class FunctionValue(Value, frozen=True):
    """A function or lambda of the project, the frame it closes over, and the object it is bound to."""

    definition: FunctionDefinition
    frame: Frame | None = None
    bound: Value | None = None
    defaults: tuple[tuple[str, Value | None], ...] = ()

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Run it."""
        is_method = self.bound is not None and isinstance(args.node.func, ir.Attribute)
        is_named = not is_method and self.definition.name != "<lambda>"
        run.passed_on(args, self.definition if is_named else None)
        return run.enter(self, args)

    def truth(self) -> bool | None:
        """Count as true."""
        return True

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return what it is bound to and has by default; what it closes over is for the run to say."""
        return (self.bound, *(value for _, value in self.defaults))


class PartialValue(Value, frozen=True):
    """`functools.partial(function, …)`."""

    function: Value | None
    given: Arguments

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Call the function with what was given to either."""
        run.passed_on(args)
        with run.under(frozenset({"python"})):
            return in_python(run.call(self.function, args.behind(self.given)))

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the function and what it is given."""
        return (self.function, *self.given.each())


class TupleValue(Value, frozen=True):
    """A tuple, which nobody can change."""

    content: Items[Value | None]

    def in_python(self) -> TupleValue:
        """Return the tuple with each item as compiled code cannot keep it."""
        return TupleValue(in_python_items(self.content))

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return what stands at a position."""
        position = key.value if isinstance(key, Const) else None
        return self.content.at(position, agreed) if isinstance(position, int) else None

    def iterate(self, run: Evaluator, access: Access) -> Items[Value | None] | None:
        """Return the items."""
        return self.content

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the items."""
        return (*self.content.items, *self.content.others)


def pair(first: Value | None, second: Value | None) -> TupleValue:
    """Return a tuple of two."""
    return TupleValue(Items((first, second)))


def in_python_items(content: Items[Value | None]) -> Items[Value | None]:
    """Return items as compiled code cannot keep them."""
    items, others = map(in_python, content.items), map(in_python, content.others)
    return Items(tuple(items), content.is_open, tuple(others))


def in_python(value: Value | None) -> Value | None:
    """Return a value that is kept where compiled code cannot keep it."""
    return None if value is None else value.in_python()


def text_of(value: Value | None) -> str | None:
    """Return the string that a value is, None for anything else."""
    return value.text if isinstance(value, Const) else None


def truth_of(value: Value | None) -> bool | None:
    """Return whether a value counts as true, None where that is not known."""
    return None if value is None else value.truth()
