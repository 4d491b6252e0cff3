"""What objects, classes and functions of the project have under a name, and what setting it does."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hookproof.evaluator.contents import Entries, Items, Key
from hookproof.facts.entries import PRUNING
from hookproof.interpreter.domain import Access, Arguments, Frame, MethodValue, Value, Values, only, union
from hookproof.interpreter.functions import bind_parameters, closure, is_worth_entering
from hookproof.interpreter.instances.live_hooks import handles_of_others
from hookproof.interpreter.instances.modes import MODES
from hookproof.interpreter.models.single_dispatch import DISPATCHES
from hookproof.interpreter.names import values_of
from hookproof.interpreter.objects import CHILDREN, FunctionValue, ObjectValue
from hookproof.interpreter.plain import (
    CallableValue,
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    PartialValue,
    SuperValue,
    literal_of,
)
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import HOOK_TABLES, HooksValue, ScriptValue
from hookproof.semantic.definitions import (
    ClassDefinition,
    External,
    FunctionDefinition,
    ValueDefinition,
)
from hookproof.semantic.effects import statements_of
from hookproof.semantic.fields import has_fields
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_NAMES = frozenset({"__name__", "__qualname__"})
_PROPERTIES = frozenset({"property", "cached_property"})


# --- classes and functions -----------------------------------------------------------------------------


def _of_class(run: Running, owner: ClassValue, name: str) -> Values:
    """Return the name of a class, or a member."""
    cls = owner.definition
    if name in _NAMES:
        return (ConstantValue(cls.node.name),)
    changed = _set_on_class(run, cls, name)
    if changed is not None:
        return changed
    if name == "__subclasses__":
        found: list[Values] = [(ClassValue(each),) for each in derived_from(run.project, cls)]
        return (CallableValue(lambda _: (ContainerValue("list", Items(tuple(found))),)),)
    member = run.project.member(cls, name)
    match member:
        case FunctionDefinition():
            is_of_class = "classmethod" in member.decorator_names
            return (_class_method(member, cls) if is_of_class else FunctionValue(member),)
        case External() | ClassDefinition() | ValueDefinition():
            return values_of(run, member, Frame(cls.scope))
    for base in run.project.mro(cls):
        if isinstance(base, External) and base.qualname.startswith(PRUNING):
            return (ExternalValue(f"{base.qualname}.{name}"),)
    return ()


def derived_from(project: Project, cls: ClassDefinition) -> Iterator[ClassDefinition]:
    """Yield the classes that the same file derives from a class."""
    file = cls.scope.file
    for block in file.outline.blocks:
        other = project.lookup(Scope(file), block.name) if block.kind == "class" else None
        if isinstance(other, ClassDefinition) and other != cls and cls in project.mro(other):
            yield other


def _set_on_class(run: Running, cls: ClassDefinition, name: str) -> Values | None:
    """Return what was set on a class once it was made, None where nothing was."""
    for base in run.project.mro(cls) if run.progress.patched else ():
        if not isinstance(base, ClassDefinition):
            break
        values = run.held(run.element(base, "", "global")).get(name)
        if values is not None:
            return values
        if run.project.method(base, name):
            break
    return None


def _of_function(run: Running, owner: FunctionValue, name: str, access: Access) -> Values:
    """Return a function's name, the decorator of a dispatching one, or what was set on it."""
    function = owner.definition
    if name in _NAMES:
        return (ConstantValue(function.name),)
    if name == "register" and DISPATCHES in function.decorator_names:
        return (MethodValue(owner, name, access.location),)
    return run.held(run.element(function, "", "attribute")).get(name, ())


def _class_method(method: FunctionDefinition, cls: ClassDefinition) -> FunctionValue:
    """Return a class method bound to its class."""
    return FunctionValue(method, bound_self=ObjectValue("self", definition=cls, is_class=True))


# --- objects -------------------------------------------------------------------------------------------


class Attributes:
    """Finds attributes of objects, in what was set, in their classes and in what methods of these assign."""

    def __init__(self, run: Running) -> None:
        self._run = run
        self._loading: set[tuple[int, str]] = set()
        self._told_names: set[Value] = set()
        self._assigned: dict[int, tuple[ir.Function, tuple[tuple[str, ir.Expr], ...]]] = {}

    def get(self, owner: Value, name: str, access: Access) -> Values:
        """Return what an object, a class or a function of the project has under a name."""
        match owner:
            case ObjectValue():
                return self._of_object(owner, name, access)
            case ClassValue():
                return _of_class(self._run, owner, name)
            case FunctionValue():
                return _of_function(self._run, owner, name, access)
            case SuperValue(instance=instance, after=after):
                cls = instance.definition if instance.definition is not None else after
                member = self._run.project.inherited(cls, after, name)
                return self._bound(instance, member, access) if isinstance(member, FunctionDefinition) else ()
        return ()

    def _of_object(self, owner: ObjectValue, name: str, access: Access) -> Values:
        """Return what was set before, a method, a submodule, or an unknown of the object's own."""
        run = self._run
        run.listener.used(owner, name, access.location)
        asked = self._asked("__getattribute__", owner, access.calling((ConstantValue(name),)))
        if asked is not None:
            return asked
        known = run.held(owner).get(name)
        if known is not None:
            return known
        if name == "__dict__" and owner.is_created and owner.module_class is None:
            keyed: dict[Key, Values] = dict(run.held(owner).items())
            return (ContainerValue("dict", Entries(keyed, True)),)
        if owner.definition is not None:
            changed = _set_on_class(run, owner.definition, name)
            if changed is not None:
                return self._described(changed, owner, access)
            member = run.project.member(owner.definition, name)
            if isinstance(member, FunctionDefinition):
                return self._bound(owner, member, access)
            if isinstance(member, ValueDefinition) and member.value is not None:
                values = self._kept_by_class(member, owner, access)
                is_field = member.annotation is not None and has_fields(owner.definition, run.project)
                return values if is_field else self._described(values, owner, access)
            if isinstance(member, ClassDefinition):
                return (ClassValue(member),)
            self._load(owner, owner.definition, name)
            known = run.held(owner).get(name)
            if known is not None:
                return known
            if member is None and owner.is_root_self:
                for method in self._subclass_methods(owner.definition, name):
                    return self._bound(owner, method, access)
        asked = self._asked("__getattr__", owner, access.calling((ConstantValue(name),)))
        if asked:
            return asked
        if name in HOOK_TABLES:
            return (HooksValue(owner, name),)
        if name == "_modules":
            return (self._parts(owner),)
        return handles_of_others(run.progress.state, owner, name) or (run.child(owner, name),)

    def _parts(self, owner: ObjectValue) -> ContainerValue:
        """Return the table of a module's parts."""
        known = self._run.in_order(owner, CHILDREN)
        if known is None:
            element = self._run.element(owner, CHILDREN, "loop")
            return ContainerValue("dict", Entries({}, True, ((element,),)))
        return ContainerValue("dict", Entries({name: (part,) for name, part in known}))

    def _bound(self, owner: ObjectValue, method: FunctionDefinition, access: Access) -> Values:
        """Return a method of an object, or what its property gives."""
        names = method.decorator_names
        if "staticmethod" in names:
            return (FunctionValue(method),)
        if "classmethod" in names and owner.definition is not None:
            return (_class_method(method, owner.definition),)
        if names.isdisjoint(_PROPERTIES):
            bound = FunctionValue(method, bound_self=owner)
            made = only(self._run.replaced(bound)) if owner.module_class is None else None
            return self._described((made,), owner, access) if isinstance(made, ObjectValue) else (bound,)
        values = self._property(owner, method, access) or (self._run.child(owner, method.name),)
        if "cached_property" in names:
            self._run.keep(owner, method.name, values)
        return values

    def assign(self, owner: Value, name: str, values: Values, access: Access) -> None:
        """Carry out `owner.name = …`: by the setter of a property, where it has one."""
        run = self._run
        if not isinstance(owner, ObjectValue):
            return
        if name in HOOK_TABLES:
            run.progress.clear(HooksValue(owner, name), access.location)
        member = run.project.member(owner.definition, name) if owner.definition is not None else None
        if isinstance(member, FunctionDefinition) and member.owner is not None:
            for method in run.project.method(member.owner, name):
                if "setter" in method.decorator_names:
                    FunctionValue(method, bound_self=owner).call(run, access.calling(values))
                    return
        if isinstance(member, ValueDefinition) and member.value is not None:
            descriptor = only(self._kept_by_class(member, owner, access))
            if (
                descriptor
                and descriptor.special(run, "__set__", access.calling((owner,), values)) is not None
            ):
                return
        if self._asked("__setattr__", owner, access.calling((ConstantValue(name),), values)) is not None:
            return
        run.rebind(owner, name, values)
        if name in MODES:  # of its own, which says nothing of a module's parts
            literal = literal_of(values) if name == "requires_grad" else None
            run.progress.set_mode(owner, name, literal if isinstance(literal, bool) else None)
        if not owner.origin.is_created:
            run.progress.escaped.update(v.origin for v in values if isinstance(v, ObjectValue))

    def _asked(self, name: str, owner: ObjectValue, args: Arguments) -> Values | None:
        """Call what the class of a plain object has for all its attributes, unless that is what runs."""
        cls = owner.definition if owner.is_created and owner.module_class is None else None
        method = self._run.project.member(cls, name) if cls is not None else None
        if not isinstance(method, FunctionDefinition):
            return None
        if any(body is method.function for body in self._run.calls.stack):
            return None
        return FunctionValue(method, bound_self=owner).call(self._run, args)

    def _kept_by_class(self, member: ValueDefinition, owner: ObjectValue, access: Access) -> Values:
        """Return what the body of a class assigns to a name, which an object may ask for its own name."""
        frame = Frame(member.scope, self._methods_named_in(member.value, owner))
        if isinstance(member.value, ir.Call) and (member.scope.functions or frame.locals):
            return self._run.evaluate(member.value, frame)  # what the file does not know
        values = values_of(self._run, member, frame)
        for value in values:
            if isinstance(value, ObjectValue) and value not in self._told_names and owner.definition:
                self._told_names.add(value)
                args = access.calling((ClassValue(owner.definition),), (ConstantValue(member.name),))
                value.special(self._run, "__set_name__", args)
        return values

    def _methods_named_in(self, value: ir.Expr | None, owner: ObjectValue) -> dict[str, Values]:
        """Return the methods of its class that a call in the body of the class is given by name."""
        found: dict[str, Values] = {}
        for each in value.args if isinstance(value, ir.Call) and owner.definition is not None else ():
            name = each.value.id if isinstance(each.value, ir.Name) else ""
            method = self._run.project.member(owner.definition, name) if owner.definition and name else None
            if isinstance(method, FunctionDefinition):
                found[name] = (FunctionValue(method),)
        return found

    def _described(self, values: Values, owner: ObjectValue, access: Access) -> Values:
        """Return what an object's class gives for it where it keeps a function or another descriptor."""
        descriptor = only(values)
        match descriptor:
            case FunctionValue(bound_self=None) if owner.definition is not None:
                is_static = "staticmethod" in descriptor.definition.wrapped
                return values if is_static else (replace(descriptor, bound_self=owner),)
            case PartialValue(is_method=True):
                return (replace(descriptor, given=descriptor.given.led_by((owner,))),)
            case ObjectValue() if owner.definition is not None:
                args = access.calling((owner,), (ClassValue(owner.definition),))
                found = descriptor.special(self._run, "__get__", args)
                return values if found is None else found
        return values

    def _property(self, owner: ObjectValue, method: FunctionDefinition, access: Access) -> Values:
        """Return what a property gives: modules, or what a loop takes them from."""
        *before, last = method.function.body
        is_plain = all(isinstance(statement, ir.Expression) for statement in before)
        is_plain = is_plain and isinstance(last, ir.Return)
        key = (id(owner), method.name)
        if key in self._loading or not (is_plain or is_worth_entering(self._run, method, (), owner)):
            return ()
        self._loading.add(key)
        try:
            if isinstance(last, ir.Return) and is_plain:
                frame = self._quiet_frame(method, owner)
                values = self._run.evaluate(last.value, frame) if last.value is not None else ()
            else:
                call = ir.Call(last.at, ir.Name(last.at, method.name), ())
                bound = FunctionValue(method, bound_self=owner)
                values = bound.call(self._run, Arguments(call, access.frame))
        finally:
            self._loading.discard(key)
        return tuple(v for v in values if isinstance(v, (ObjectValue, ScriptValue, ContainerValue)))

    # --- what methods assign -------------------------------------------------------------------------

    def _load(self, owner: ObjectValue, definition: ClassDefinition, name: str) -> None:
        """Set an attribute of an object to what the methods of its class assign to it."""
        if (id(owner), name) in self._loading:
            return
        self._loading.add((id(owner), name))
        found: list[Values] = []
        for cls in self._run.project.mro(definition):
            for method, assigned in self._assignments(cls, name) if isinstance(cls, ClassDefinition) else ():
                found.append(self._run.evaluate(assigned, self._quiet_frame(method, owner)))
        values = union(*found)
        if values:
            self._run.keep(owner, name, self._as_left(owner, name, values))

    def _as_left(self, owner: ObjectValue, name: str, values: Values) -> Values:
        """Return an attribute's values; a container that its owner's class fills further is left open."""
        fact = owner.module_class.attribute(name) if owner.module_class is not None else None
        if fact is not None and fact.module_class is not None and fact.module_class.elements is not None:
            return values
        return tuple(
            self._opened(value) if isinstance(value, ObjectValue) and value.is_numbered else value
            for value in values
        )

    def _opened(self, container: ObjectValue) -> ObjectValue:
        opened, state = replace(container, is_numbered=False), self._run.progress.state
        state.objects[opened] = state.of(container)
        return opened

    def _quiet_frame(self, method: FunctionDefinition, owner: ObjectValue) -> Frame:
        """Return a frame of the method in which its parameters and inner functions have values."""
        value = FunctionValue(method, bound_self=owner)
        scope = Scope(method.scope.file, (*method.scope.functions, method.function))
        frame = Frame(scope, {}, None, method.function, method.owner, method.qualname)
        bind_parameters(self._run, value, None, frame)
        for statement in method.function.body:
            if isinstance(statement, ir.Define):
                frame.locals[statement.function.name] = (closure(statement.function, frame),)
        return frame

    def _assignments(self, cls: ClassDefinition, name: str) -> Iterator[tuple[FunctionDefinition, ir.Expr]]:
        for method in self._run.project.assigning_methods(cls, name):
            for assigned, value in self._assigned_by(method.function):
                if assigned == name:
                    yield method, value

    def _assigned_by(self, function: ir.Function) -> tuple[tuple[str, ir.Expr], ...]:
        """Return what a method assigns to attributes of self, each with its name."""
        if id(function) not in self._assigned:
            found = tuple(
                (target.attr, value)
                for target, value in _attribute_assignments(function.body)
                if isinstance(target.value, ir.Name) and target.value.id == "self"
            )
            self._assigned[id(function)] = (function, found)
        return self._assigned[id(function)][1]

    def _subclass_methods(self, cls: ClassDefinition, name: str) -> Iterator[FunctionDefinition]:
        """Yield the methods of that name in the subclasses that the same file has: `cls` may be a mixin."""
        for other in derived_from(self._run.project, cls):
            yield from self._run.project.method(other, name)


def _attribute_assignments(body: tuple[ir.Stmt, ...]) -> Iterator[tuple[ir.Attribute, ir.Expr]]:
    for statement in statements_of(body):
        if isinstance(statement, ir.Assign) and statement.value is not None:
            for target in statement.targets:
                if isinstance(target, ir.Attribute):
                    yield target, statement.value
                elif isinstance(target, ir.Sequence) and isinstance(statement.value, ir.Sequence):
                    for item, value in zip(target.items, statement.value.items, strict=False):
                        if isinstance(item, ir.Attribute):
                            yield item, value
