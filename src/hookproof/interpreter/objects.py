"""Objects and functions: modules above all, and the conditions that stand on an unknown one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookproof.interpreter.domain import Access, Arguments, Evaluator, Frame, MethodValue, Value, Values, only
from hookproof.interpreter.sites import ReceiverForm
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.fields import positions

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass

ALL_MODULES = "*"
CHILDREN = "*children"


class ObjectValue(Value, frozen=True, eq=False):
    """One object: a module, an instance of another class, or something unknown that may be either.

    `is_created` tells that its construction was followed. `parent` and `name` tell where it was reached
    from: an attribute name, `ALL_MODULES` or `CHILDREN` for an element of a loop over the parent's modules or
    children, `[]` for an element, `()` for the result of a call. `narrowed` are the classes that a test has
    shown it to have one of. `is_numbered` tells of a container of modules that it was given modules by
    position, so that it names them by number; `is_class` that it is the class itself, as
    a class method is given it.
    """

    form: ReceiverForm
    module_class: ModuleClass | None = None
    definition: ClassDefinition | None = None
    parent: ObjectValue | None = None
    name: str = ""
    is_guarded: bool = False
    is_root_self: bool = False
    is_created: bool = False
    narrowed: tuple[str, ...] = ()
    is_narrowed_exactly: bool = False
    is_numbered: bool = False
    is_class: bool = False

    @property
    def origin(self) -> ObjectValue:
        """The object that this one was first reached from."""
        return self if self.parent is None else self.parent.origin

    def is_within(self, other: ObjectValue) -> bool:
        """Whether this object is `other` or was reached from it."""
        value: ObjectValue | None = self
        while value is not None:
            if value is other:
                return True
            value = value.parent
        return False

    @property
    def is_none(self) -> bool | None:
        """Whether it is None: not where it was made here."""
        return False if self.is_created else None

    def get(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return what was set, what the class has, a submodule, or an unknown of its own."""
        return run.own_attribute(self, name, access)

    def method(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return what the object or its class has, else a method that is known by its name."""
        if name in run.held(self):
            return self.get(run, name, access)
        if self.definition is not None:
            found = self.get(run, name, access)
            if run.project.member(self.definition, name) is not None:
                return found
            callables = tuple(value for value in found if not isinstance(value, ObjectValue))
            if callables or any(isinstance(value, ObjectValue) and value.definition for value in found):
                return found
        return (MethodValue(self, name, access.location),)

    def item(self, run: Evaluator, key: Values, access: Access) -> Values:
        """Return what was kept under a key, what `__getitem__` gives, or an unknown of its own."""
        literal = getattr(only(key), "value", None)
        known = run.held(self).get(str(literal))
        if (
            known is None
            and isinstance(literal, int)
            and (self.is_numbered or positions(self.definition, run.project))
        ):
            known = self.part(run, literal)
        known = known or self.special(run, "__getitem__", access.calling(key))
        name = f"[{literal}]" if literal is not None else "[]"
        return known or (run.element(self, name, "subscript"),)

    def elements(self, run: Evaluator) -> Values:
        """Return any of its children."""
        return (run.element(self, CHILDREN, "loop"),)

    def part(self, run: Evaluator, index: int) -> Values:
        """Return the part of that number, of what was made here."""
        names = positions(self.definition, run.project) if self.is_created else []
        names = names or self.part_names(run)
        return run.held(self).get(names[index], ()) if -len(names) <= index < len(names) else ()

    def part_names(self, run: Evaluator) -> list[str]:
        """Return the names of its parts in order, of what was made here."""
        held = run.held(self) if self.is_created else {}
        numbers = sorted((name for name in held if name.isdecimal()), key=int)
        named = held.items() if self.is_numbered and not numbers else ()
        return numbers or [name for name, values in named if is_made_module(only(values))]

    def sliced(self, run: Evaluator, taken: slice | None) -> Values:
        """Return a container of modules with the parts that stand there, where all of its parts are known."""
        parts = run.in_order(self, CHILDREN) if self.is_numbered and taken is not None else None
        if parts is None or taken is None:
            return ()
        made = ObjectValue("call", self.module_class, self.definition, is_created=True, is_numbered=True)
        for name, part in parts[taken]:
            run.keep(made, str(name), (part,))
        return (made,)

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Call its class, or the object."""
        if self.definition is not None and self.is_class:
            return run.construct(self.definition, args)
        return run.call_method(self, "__call__", args)

    def set(self, run: Evaluator, name: str, values: Values) -> None:
        """Let an attribute be something else from now on."""
        run.rebind(self, name, values)

    def assign(self, run: Evaluator, name: str, values: Values, access: Access) -> None:
        """Set an attribute, or call the setter of a property."""
        run.assign_attribute(self, name, values, access)

    def assign_item(self, run: Evaluator, key: Values, values: Values, access: Access) -> None:
        """Set a part."""
        run.call_method(self, "__setitem__", access.calling(key, values))

    def delete_item(self, run: Evaluator, key: Values, access: Access) -> None:
        """Take a part out."""
        run.call_method(self, "__delitem__", access.calling(key))

    def truth(self, run: Evaluator) -> bool | None:
        """Return whether it is a module that was made here and has no length."""
        cls = self.module_class if self.is_created else None
        is_plain = cls is not None and not cls.is_container and cls.attribute("__len__") is None
        return True if is_plain else None

    def special(self, run: Evaluator, name: str, args: Arguments) -> Values | None:
        """Call a method that the project defines for its class; None where it has none."""
        method = run.project.member(self.definition, name) if self.definition is not None else None
        if not isinstance(method, FunctionDefinition):
            return None
        return FunctionValue(method, bound_self=self).call(run, args)

    def descendant(self, run: Evaluator, path: str, access: Access) -> Values:
        """Return the submodule at a dotted path."""
        values: Values = (self,)
        for name in path.split(".") if path else ():
            values = run.attribute(values, name, access)
        return values


def is_made_module(value: Value | None) -> bool:
    """Return whether a value is a module that was made here."""
    return isinstance(value, ObjectValue) and value.is_created and value.module_class is not None


class FunctionValue(Value, frozen=True, eq=False):
    """A function or lambda, with the frame it closes over and the object it is bound to.

    One that `is_bare` is what its decorators were given.
    """

    definition: FunctionDefinition
    frame: Frame | None = None
    bound_self: ObjectValue | None = None
    from_factory: bool = False
    is_bare: bool = False

    @property
    def is_lambda(self) -> bool:
        """Whether it is a lambda."""
        return self.definition.name == "<lambda>"

    @property
    def identity(self) -> object:
        """What two are the same by: a plain function is what its definition is."""
        return self.definition if self.frame is None and self.bound_self is None else self

    @property
    def is_one_of_a_table(self) -> bool:
        """Whether there may be as many as a table has entries: always."""
        return True

    @property
    def is_none(self) -> bool | None:
        """Whether it is None: never."""
        return False

    def get(self, run: Evaluator, name: str, access: Access) -> Values:
        """Return its name, or what was set on it."""
        return run.own_attribute(self, name, access)

    def call(self, run: Evaluator, args: Arguments) -> Values:
        """Run it."""
        return run.call_method(self, "__call__", args)

    def assign(self, run: Evaluator, name: str, values: Values, access: Access) -> None:
        """Set an attribute of it."""
        run.element(self.definition, "", "attribute").assign(run, name, values, access)


def is_step(value: ObjectValue) -> bool:
    """Return whether an object is an attribute or item of its parent, not the parent by another name."""
    return value.form in {"attribute", "subscript"} and not (value.narrowed or value.is_guarded)
