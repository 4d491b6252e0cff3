"""Plain values of programs: literals, containers, callables made of others, and what is only a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from hookproof.classes.module_classes import module_class_of
from hookproof.evaluator.contents import MAX_KNOWN, Entries, Items, Key
from hookproof.interpreter.domain import (
    Access,
    Arguments,
    Evaluator,
    MethodValue,
    Value,
    Values,
    only,
    union,
)
from hookproof.interpreter.objects import ALL_MODULES, CHILDREN, ObjectValue
from hookproof.semantic.definitions import ClassDefinition, External
from hookproof.syntax.source_file import SourceFile

Kind: TypeAlias = Literal["tuple", "list", "set", "dict", "deque", "iterator"]


class ClassName(str):
    """The qualified name of a class of modules, by which a dict finds what stands under the class."""

    __slots__ = ()


class ConstantValue(Value, frozen=True, eq=True):
    """A literal."""

    value: Key

    @property
    def is_none(self) -> bool | None:
        """Whether it is the literal None."""
        return self.value is None

    def get(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return nothing: what literals have is of no interest but where it is called."""
        return ()

    def method(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return a method that is known by its name."""
        return (MethodValue(self, name, access.location),)


class ContainerValue(Value, frozen=True, eq=False):
    """A container with the content that it was made with; what it holds later, the state knows (`State.now`).

    `view` is what it shows of another container, as that is by then. `sources` are the containers that it
    will take elements from, and what they held so far. A dict makes what it is asked for and does not have by
    its `factory`, if it has one.
    """

    kind: Kind
    content: Items[Values] | Entries[Values] = Items()
    view: tuple[ContainerValue, str] | None = None
    sources: tuple[tuple[ContainerValue, ContainerValue], ...] = ()
    factory: Values = ()

    @property
    def is_none(self) -> bool | None:
        """Whether it is None: never."""
        return False

    @property
    def items(self) -> tuple[Values, ...]:
        """What each of its items, or what stands under its keys, is one of; each in turn if it `is_exact`."""
        return self.content.groups

    @property
    def keyed(self) -> dict[Key, Values]:
        """What certainly stands under its keys."""
        return self.content.known if isinstance(self.content, Entries) else {}

    @property
    def is_exact(self) -> bool:
        """Whether all that is in it is known, in order and with all keys."""
        return not self.content.is_open

    @property
    def is_some(self) -> bool:
        """Whether nobody knows which of the items are in it."""
        return self.content.is_some

    def shown(self, what: str) -> ContainerValue:
        """Return what a loop over it (`iter`), or over its `keys`, `values` or `items` meets."""
        items = self.items
        if what == "items":
            keys = [_as_key(key) for key in self.keyed] if self.is_exact else [()] * len(items)
            items = tuple((pair(key, value),) for key, value in zip(keys, items, strict=True))
        elif what != "values" and self.kind == "dict" and self.is_exact:
            items = tuple(map(_as_key, self.keyed))
        content = Items(items) if self.is_exact else Items((), True, items, self.is_some)
        return ContainerValue("iterator", content)

    def sliced(self, run: Evaluator, taken: slice | None) -> Values:
        """Return a container of what stands there, or of some of what is in it, nobody knows which."""
        held = self.iterated(run).content
        if isinstance(held, Items) and taken is not None and not held.is_open:
            return (ContainerValue(self.kind, held.part(taken)),)
        return (ContainerValue(self.kind, Items((), True, held.groups, True)),)

    def now(self, run: Evaluator) -> ContainerValue:
        """Return what it holds at this point."""
        held = run.content(self)
        return held if isinstance(held, ContainerValue) else self

    def truth(self, run: Evaluator) -> bool | None:
        """Return whether something is in it."""
        held = self.now(run)
        if held.is_exact:
            return bool(held.items)
        return True if held.keyed or (isinstance(held.content, Items) and held.content.items) else None

    def iterated(self, run: Evaluator) -> ContainerValue:
        """Return what a loop over it meets, as it is now."""
        held = self.now(run)
        return held.shown("iter") if held.kind == "dict" else held

    def item(self, run: Evaluator, key: Values, access: Access) -> Values:
        """Return what was put under a key or stands at a position, else any of the items."""
        literal, held = key_of(run, key), self.now(run)
        if literal is not None and literal in held.keyed:
            return held.keyed[literal]
        if isinstance(literal, int) and (part := self.part(run, literal)):
            return part
        if self.factory:
            made = run.call(self.factory, access.calling())
            run.call_method(self, "__setitem__", access.calling(key, made))
            return made if literal is not None and held.is_exact else union(*held.items, made)
        found = union(*held.items)
        match found:
            case (ObjectValue(form="loop", parent=ObjectValue() as owner),) if (
                self.kind == "dict" and isinstance(literal, str)
            ):
                return owner.descendant(run, literal, access)  # of `dict(model.named_modules())`
        return found

    def elements(self, run: Evaluator) -> Values:
        """Return any of the items."""
        return union(*self.iterated(run).items)

    def part(self, run: Evaluator, index: int) -> Values:
        """Return the item there; of a loop over a model that is the model or a part of it."""
        held = self.iterated(run)
        if held.is_exact:
            return held.items[index] if -len(held.items) <= index < len(held.items) else ()
        match held.items:
            case ((ObjectValue(form="loop", name=reached, parent=ObjectValue() as owner),),):
                if reached != ALL_MODULES:
                    return owner.part(run, index)
                return (owner,) if index in {0, -1} else ()
        return ()

    def assign_item(self, run: Evaluator, key: Values, values: Values, access: Access) -> None:
        """Put an item under a key."""
        run.call_method(self, "__setitem__", access.calling(key, values))

    def delete_item(self, run: Evaluator, key: Values, access: Access) -> None:
        """Take out what stands under a key."""
        run.call_method(self, "__delitem__", access.calling(key))


class PartialValue(Value, frozen=True, eq=False):
    """`functools.partial(function, *args, **keywords)`, or a method of that kind."""

    function: Values
    given: Arguments
    is_method: bool = False

    @property
    def is_none(self) -> bool | None:
        """Whether it is None: never."""
        return False

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Call the function with what was given to either."""
        return run.call(self.function, args.behind(self.given))


class CallableValue(Value, frozen=True, eq=False):
    """A callable that was made here: a getter, a weak reference, the `result` of a future."""

    answer: Callable[[Arguments], Values]

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Give its answer."""
        return self.answer(args)


class ClassValue(Value, frozen=True, eq=False):
    """A class of the project."""

    definition: ClassDefinition

    def get(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return its name or one of its members."""
        return run.own_attribute(self, name, access)

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Make an object."""
        return run.construct(self.definition, args)

    def item(self, run: Evaluator, key: Values, access: Access) -> Values:
        """Return itself: `Cls[T]` is the class, with what a type checker wants to know."""
        return (self,)

    def set(self, run: Evaluator, name: str, values: Values) -> None:
        """Note that the class is no longer what its text says."""
        run.patched.add(self.definition.qualname)
        run.keep(run.element(self.definition, "", "global"), name, values)

    def assign(self, run: Evaluator, name: str, values: Values, access: Access) -> None:
        """Set a member; another `__init__` is called from then on."""
        if name == "__init__":
            run.replaced_inits[self.definition.location] = values
        else:
            self.set(run, name, values)


class ExternalValue(Value, frozen=True, eq=True):
    """Something outside the project, by its dotted name."""

    qualname: str

    def get(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return what is behind the name, which lies outside as well."""
        return (ExternalValue(f"{self.qualname}.{name}"),)

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Do what is known of it."""
        return run.call_external(self.qualname, args)

    def set(self, run: Evaluator, name: str, values: Values) -> None:
        """Note that a class has another `forward`."""
        if name == "forward":
            run.patched.add(self.qualname)
        elif self.qualname.endswith(".config"):
            run.patched.add(f"{self.qualname}.{name}")


class IdentityValue(Value, frozen=True, eq=True):
    """`id(value)`."""

    value: Value


class FileValue(Value, frozen=True, eq=False):
    """A file of the project as an imported module."""

    file: SourceFile

    def get(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return what the file binds a name to."""
        return run.member_of_file(self.file, name, access.frame.scope.file)

    def item(self, run: Evaluator, key: Values, access: Access) -> Values:
        """Return what `globals()[name]` is."""
        literal = literal_of(key)
        return (
            run.member_of_file(self.file, literal, access.frame.scope.file)
            if isinstance(literal, str)
            else ()
        )


class NameValue(Value, frozen=True, eq=True):
    """The name that `named_modules` or `named_children` gives along with an element.

    `prefix` is what all these names begin with, None where that is not known.
    """

    element: ObjectValue
    prefix: str | None = ""


class SuperValue(Value, frozen=True, eq=True):
    """`super()`: the instance as its classes behind `after` see it, in the order of its own class."""

    instance: ObjectValue
    after: ClassDefinition

    def get(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return a method of a base, bound to the instance."""
        return run.own_attribute(self, name, access)


def literal_of(values: Values) -> Key:
    """Return the literal that these certainly are, None for anything else."""
    value = only(values)
    return value.value if isinstance(value, ConstantValue) else None


def key_of(run: Evaluator, values: Values) -> Key:
    """Return what a dict finds these by: a literal, or the name of a class of modules, None for others."""
    match only(values):
        case ClassValue(definition=definition):
            cls = module_class_of(definition, run.project)
        case ExternalValue(qualname=qualname) if qualname.startswith("torch.jit."):
            return ClassName(qualname)
        case ExternalValue(qualname=qualname) if qualname != "torch.nn.Module":
            cls = module_class_of(External(qualname), run.project)
        case _:
            return literal_of(values)
    return ClassName(cls.qualname) if cls is not None else None


def _as_key(key: Key) -> Values:
    return (ExternalValue(str(key)) if isinstance(key, ClassName) else ConstantValue(key),)


def text_of(values: Values) -> str | None:
    """Return the text that these certainly are, None for anything else."""
    literal = literal_of(values)
    return literal if isinstance(literal, str) else None


def spread_items(run: Evaluator, values: Values, behind: int) -> tuple[Values, ...] | None:
    """Return what `*` passes on of these, behind so many others, None where that is not known."""
    items = exact_items(run, values)
    return items if items is not None and behind + len(items) <= MAX_KNOWN else None


def exact_items(run: Evaluator, values: Values) -> tuple[Values, ...] | None:
    """Return what a loop over these gives, in order, None where that is not known."""
    match only(values):
        case ContainerValue() as value:
            held = value.iterated(run)
            return held.items if held.is_exact else None
        case ObjectValue(is_numbered=True) as value:
            parts = run.in_order(value, CHILDREN)
            return None if parts is None else tuple((part,) for _, part in parts)
    return None


def entries_of(run: Evaluator, values: Values) -> Entries[Values] | None:
    """Return what is in a dict that was made here, None for anything else."""
    value = only(values)
    content = value.now(run).content if isinstance(value, ContainerValue) else None
    return content if isinstance(content, Entries) else None


def keyed_items(run: Evaluator, values: Values) -> dict[str, Values]:
    """Return the entries of a dict that was made here, as `**` passes them on."""
    entries = entries_of(run, values)
    known = entries.known if entries is not None else {}
    return {key: held for key, held in known.items() if isinstance(key, str)}


def pair(*groups: Values) -> ContainerValue:
    """Return a tuple of these."""
    return ContainerValue("tuple", Items(groups))


def iterator(*items: Values) -> Values:
    """Return an iterator that gives these, each once, in order."""
    return (ContainerValue("iterator", Items(items)),)


def some(kind: Kind, *groups: Values) -> ContainerValue:
    """Return a container of which each item is one of these."""
    return ContainerValue(kind, Items((), True, groups))


def some_of(*groups: Values) -> Values:
    """Return an iterator of which each item is one of these."""
    return (some("iterator", *groups),)
