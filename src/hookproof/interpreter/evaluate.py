"""Abstract evaluation of expressions: which values a name, an attribute or a call may give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from hookproof.interpreter.containers import Containers, repeated
from hookproof.interpreter.listener import Listener
from hookproof.interpreter.models.literal_values import computed, text_between
from hookproof.interpreter.models.single_dispatch import DISPATCHES, Implementations
from hookproof.interpreter.objects import CHILDREN, ObjectValue
from hookproof.interpreter.parts import Parts
from hookproof.interpreter.values import (
    HOOK_TABLES,
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    FileValue,
    Frame,
    FunctionValue,
    HooksValue,
    Key,
    MethodValue,
    ScriptValue,
    SuperValue,
    Value,
    Values,
    union,
)
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    External,
    FileDefinition,
    FunctionDefinition,
    ValueDefinition,
)
from hookproof.semantic.place import Place
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_NAMES = frozenset({"__name__", "__qualname__"})


class BudgetExceededError(Exception):
    """A root took more steps than it is worth; what was found so far stands."""


class Evaluator:
    """Evaluates expressions of a frame. Calls are left to subclasses.

    Nothing is ever executed; an expression that cannot be followed is a fresh unknown object, the same
    one each time it is reached by the same path, so that what is done to it adds up.
    """

    def __init__(self, listener: Listener, budget: int) -> None:
        self.listener, self.progress = listener, listener.progress
        self.project = project = listener.progress.project
        self.budget = budget
        self.implementations = Implementations(project)
        self.modules: dict[str, Frame] = {}
        self.parts = Parts(self.progress)
        self.containers = Containers(self.parts)
        self._loading: set[tuple[int, str]] = set()
        self._asked: set[Value] = set()
        self._global_values: dict[tuple[int, str], tuple[ir.Expr, Values]] = {}

    # --- expressions ---------------------------------------------------------------------------------

    def evaluate(self, expr: ir.Expr, frame: Frame) -> Values:
        """Return what an expression may be, empty for values of no interest (numbers, strings made up)."""
        self.budget -= 1
        if self.budget < 0:
            raise BudgetExceededError
        match expr:
            case ir.Name(id=name):
                return self.name(name, frame)
            case ir.Attribute(value=value, attr=attr):
                return self.attribute(self.evaluate(value, frame), attr, frame.place(expr))
            case ir.Call():
                return self.call(expr, frame)
            case ir.Constant(kind=kind, value=value):
                return (ConstantValue(value),) if value is not None or kind == "None" else ()
            case ir.Lambda(function=function):
                return (self.function(function, frame),)
            case ir.Sequence(kind=kind, items=items):
                return (self.display(kind, items, frame),)
            case ir.Mapping():
                return (self.mapping(expr, frame),)
            case ir.Subscript(value=value, index=index):
                return self.subscript(self.evaluate(value, frame), index, frame)
            case ir.Conditional():
                return self.conditional(expr, frame)
            case ir.Operation(op="and" | "or"):
                return self.alternatives(expr, frame)
            case ir.Operation(op="not" | "is" | "is not" | "==" | "!=" | "in" | "not in"):
                return self.answer(expr, frame)
            case ir.Operation(op=op, operands=operands):
                return self.concatenation(op, [self.evaluate(operand, frame) for operand in operands])
            case ir.Walrus(target=target, value=value):
                named = self.evaluate(value, frame)
                scope: Frame | None = frame
                while scope is not None:
                    scope.locals[target.id], scope = named, scope.around
                return named
            case ir.Comprehension():
                return self.comprehension(expr, frame)
            case ir.Starred(value=value):
                return self.evaluate(value, frame)
            case ir.Opaque(syntax=syntax, children=children, texts=texts):
                values = [self.evaluate(child, frame) for child in children]
                return union(*values) if syntax == "await" else text_between(texts, values)
        return ()

    def call(self, node: ir.Call, frame: Frame) -> Values:
        """Evaluate a call."""
        raise NotImplementedError

    def comprehension(self, node: ir.Comprehension, frame: Frame) -> Values:
        """Evaluate a comprehension."""
        raise NotImplementedError

    def conditional(self, node: ir.Conditional, frame: Frame) -> Values:
        """Evaluate `body if test else orelse`."""
        raise NotImplementedError

    def alternatives(self, node: ir.Operation, frame: Frame) -> Values:
        """Evaluate `a and b` or `a or b`."""
        raise NotImplementedError

    def answer(self, node: ir.Operation, frame: Frame) -> Values:
        """Evaluate `not a` or `a == b`."""
        raise NotImplementedError

    def display(self, kind: str, items: Iterable[ir.Expr], frame: Frame) -> ContainerValue:
        """Evaluate a tuple, list or set display."""
        found: list[Values] = []
        is_exact = True
        for item in items:
            values = self.evaluate(item, frame)
            if not isinstance(item, ir.Starred):
                found.append(values)
                continue
            only = values[0] if len(values) == 1 else None
            spread = self.parts.iterated(only) if isinstance(only, ContainerValue) else None
            is_exact = is_exact and spread is not None and spread.is_exact
            found.extend(
                spread.items if spread is not None and spread.is_exact else [self.parts.elements(values)]
            )
        named: Literal["list", "tuple", "set"] = (
            "list" if kind == "list" else "tuple" if kind == "tuple" else "set"
        )
        return ContainerValue(named, found, is_exact=is_exact)

    def mapping(self, node: ir.Mapping, frame: Frame) -> ContainerValue:
        """Evaluate a dict display; entries under a literal key can be found again."""
        items: list[Values] = []
        keyed: dict[Key, Values] = {}
        is_exact = True
        for key, value in zip(node.keys, node.values, strict=True):
            values = self.evaluate(value, frame)
            if key is None:
                only = values[0] if len(values) == 1 else None
                spread = self.containers.now(only) if isinstance(only, ContainerValue) else None
                is_known = spread is not None and spread.kind == "dict"
                keyed |= spread.keyed if spread is not None and is_known else {}
                is_exact = is_exact and spread is not None and is_known and spread.is_exact
                items += spread.items if spread is not None else [self.parts.elements(values)]
                continue
            named = self.evaluate(key, frame)
            literal = named[0].value if len(named) == 1 and isinstance(named[0], ConstantValue) else None
            items.append(values)
            is_exact = is_exact and literal is not None
            if literal is not None:
                keyed[literal] = values
        return ContainerValue("dict", list(keyed.values()) if is_exact else items, keyed, is_exact=is_exact)

    def concatenation(self, op: str, values: list[Values]) -> Values:
        """Return what `a + b` or `a | b` gives of containers, `a + b` or `a % b` of a string."""
        containers = [value for group in values for value in group if isinstance(value, ContainerValue)]
        if not containers or op == "%":
            return computed(op, *values) if len(values) == 2 else ()
        if op == "*":
            times = next((v.value for group in values for v in group if isinstance(v, ConstantValue)), None)
            found = repeated(self.containers.now(containers[0]), times)
            return (found or ContainerValue(containers[0].kind, [self.parts.elements((containers[0],))]),)
        if op not in {"+", "|"}:
            return ()
        merged = ContainerValue(containers[0].kind, is_exact=all(len(group) == 1 for group in values))
        self.progress.state.containers[merged] = merged
        for group in values:
            self.containers.extend(merged, group)
        return (merged,)

    def subscript(self, owners: Values, index: ir.Expr, frame: Frame) -> Values:
        """Evaluate `owner[index]`."""
        key = self.evaluate(index, frame)
        literal = key[0].value if len(key) == 1 and isinstance(key[0], ConstantValue) else None
        found: list[Values] = []
        for owner in owners:
            held = self.containers.now(owner) if isinstance(owner, ContainerValue) else owner
            match held:
                case ContainerValue(keyed=keyed) if literal is not None and literal in keyed:
                    found.append(keyed[literal])
                case ContainerValue() if isinstance(literal, int) and (
                    part := self.parts.part(held, literal)
                ):
                    found.append(part)
                case FileValue() if isinstance(literal, str):
                    found.append(self._attribute(held, literal, frame.place(index)))
                case ContainerValue(kind="dict") if isinstance(literal, str):
                    found.append(self._named_part(held, literal, frame.place(index)))
                case HooksValue():
                    found.append(self.parts.elements((held,)))
                case ContainerValue():
                    found.extend(held.items)
                case ObjectValue():
                    name = f"[{literal}]" if literal is not None else "[]"
                    known = self.progress.state.of(held).attributes.get(str(literal))
                    if known is None and isinstance(literal, int) and held.is_numbered:
                        known = self.parts.part(held, literal)
                    known = known or self.item(held, key, index)
                    found.append(known or (self.parts.element(held, name, "subscript"),))
                case ScriptValue():
                    found.append(
                        (self.progress.child(held, f"[{literal}]" if literal is not None else "[]"),)
                    )
        return union(*found)

    def _named_part(self, value: ContainerValue, name: str, place: Place) -> Values:
        """Return the entry of a table of modules, such as `dict(model.named_modules())`."""
        elements = union(*value.items)
        match elements:
            case (ObjectValue(form="loop", parent=ObjectValue() as owner),):
                return self.descendant(owner, name, place)
        return elements

    def descendant(self, owner: ObjectValue, path: str, place: Place) -> Values:
        """Return the submodule at a dotted path."""
        values: Values = (owner,)
        for name in path.split(".") if path else ():
            values = self.attribute(values, name, place)
        return values

    # --- names and attributes ------------------------------------------------------------------------

    def name(self, name: str, frame: Frame) -> Values:
        """Return what a name is bound to in a frame, the frames around it, its file, or an import."""
        scope: Frame | None = frame
        module = self.module_frame(frame)
        while scope is not None and scope is not module:
            if name in scope.locals:
                return scope.locals[name]
            scope = scope.parent
        if name in module.locals:
            values = module.locals[name]
            if len(values) == 1 and values[0] not in self._asked and not isinstance(values[0], ConstantValue):
                self._asked.add(values[0])
                self.fill(ValueDefinition(None, module.scope, None, name), values, frame)
            return values
        definition = self.project.lookup(frame.scope, name)
        values = self.values_of(definition, frame)
        if definition is not None and not isinstance(definition, FunctionDefinition):
            module.locals[name] = values
        return values

    def module_frame(self, frame: Frame) -> Frame:
        """Return the frame of the file's own names."""
        path = frame.file.path
        if path not in self.modules:
            self.modules[path] = Frame(Scope(frame.file))
        return self.modules[path]

    def values_of(self, definition: Definition | None, frame: Frame) -> Values:
        """Return the value of what a name stands for."""
        match definition:
            case External(qualname=qualname):
                return (ExternalValue(qualname),)
            case FileDefinition(file=file):
                return (FileValue(file),)
            case FunctionDefinition():
                return (FunctionValue(definition),)
            case ClassDefinition():
                return (ClassValue(definition),)
            case ValueDefinition(value=value, scope=scope) if value is not None and not scope.functions:
                return self._global_value(definition, value, scope, frame)
        return (ObjectValue("global"),)

    def _global_value(
        self, definition: ValueDefinition, value: ir.Expr, scope: Scope, frame: Frame
    ) -> Values:
        key = (id(value), scope.file.path)
        known = self._global_values.get(key)
        if known is not None and known[0] is value:
            return known[1]
        if key in self._loading:
            return ()
        self._loading.add(key)
        try:
            values = self.evaluate(value, self.module_frame(Frame(scope)))
        finally:
            self._loading.discard(key)
        self._global_values[key] = (value, values)
        self.fill(definition, values, frame)
        return values

    def fill(self, definition: ValueDefinition, values: Values, frame: Frame) -> None:
        """Put into a container of a file or class what is put into it elsewhere."""
        raise NotImplementedError

    def function(self, function: ir.Function, frame: Frame) -> FunctionValue:
        """Return a function defined in a frame as a closure over it."""
        outer = f"{frame.qualname}.<locals>" if frame.function is not None else frame.file.module
        qualname = f"{outer}.{function.name}"
        return FunctionValue(FunctionDefinition(function.name, frame.scope, qualname, body=function), frame)

    def attribute(self, owners: Values, name: str, place: Place) -> Values:
        """Evaluate `owner.name` for each value the owner may be."""
        return union(*(self._attribute(owner, name, place) for owner in owners))

    def _attribute(self, owner: Value, name: str, place: Place) -> Values:
        match owner:
            case ExternalValue(qualname=qualname):
                return (ExternalValue(f"{qualname}.{name}"),)
            case FileValue(file=file):
                module = self.module_frame(Frame(Scope(file)))
                if name in module.locals:
                    return module.locals[name]
                definition = self.project.member(FileDefinition(file), name)
                return self.values_of(definition, module) if definition else ()
            case ClassValue(definition=definition):
                if name in _NAMES:
                    return (ConstantValue(definition.node.name),)
                return self._class_attribute(definition, name)
            case ObjectValue():
                return self.object_attribute(owner, name, place)
            case ScriptValue():
                known = self.progress.state.of(owner).attributes.get(name)
                return known if known is not None else (self.progress.child(owner, name),)
            case SuperValue(instance=instance, base=base):
                member = self.project.member(base, name) if base is not None else None
                return self._bound(instance, member) if isinstance(member, FunctionDefinition) else ()
            case FunctionValue(definition=FunctionDefinition(name=own)) if name in _NAMES:
                return (ConstantValue(own),)
            case FunctionValue(definition=function) if name == "register" and (
                DISPATCHES in function.decorator_names
            ):
                return (MethodValue(owner, name, place),)
            case FunctionValue(definition=function):
                return self.progress.state.of(self.parts.element(function, "", "attribute")).attributes.get(
                    name, ()
                )
            case ConstantValue():
                return ()
        return (MethodValue(owner, name, place),)

    def _class_attribute(self, cls: ClassDefinition, name: str) -> Values:
        changed = self._set_on_class(cls, name)
        if changed is not None:
            return changed
        member = self.project.member(cls, name)
        match member:
            case FunctionDefinition():
                if "classmethod" in member.decorator_names:
                    return (of_class(member, cls),)
                return (FunctionValue(member),)
            case External() | ClassDefinition() | ValueDefinition():
                return self.values_of(member, Frame(cls.scope))
        return ()

    def _set_on_class(self, cls: ClassDefinition, name: str) -> Values | None:
        """Return what was set on a class once it was made, None where nothing was."""
        for base in self.project.mro(cls) if self.progress.patched else ():
            if not isinstance(base, ClassDefinition):
                break
            values = self.progress.state.of(self.parts.of_class(base)).attributes.get(name)
            if values is not None:
                return values
            if self.project.method(base, name):
                break
        return None

    def object_attribute(self, owner: ObjectValue, name: str, place: Place) -> Values:
        """Evaluate an attribute of an object: set before, a method, a submodule, or an unknown of its own."""
        self.listener.used(owner, name, place)
        known = self.progress.state.of(owner).attributes.get(name)
        if known is not None:
            return known
        if name == "__dict__" and owner.is_created and owner.module_class is None:
            keyed: dict[Key, Values] = dict(self.progress.state.of(owner).attributes.items())
            return (ContainerValue("dict", list(keyed.values()), keyed),)
        if owner.definition is not None:
            changed = self._set_on_class(owner.definition, name)
            if changed is not None:
                return changed
            member = self.project.member(owner.definition, name)
            if isinstance(member, FunctionDefinition):
                return self._bound(owner, member)
            if isinstance(member, ValueDefinition) and member.value is not None:
                return self.described(self.values_of(member, Frame(member.scope)), owner, place)
            if isinstance(member, ClassDefinition):
                return (ClassValue(member),)
            self.load_attribute(owner, name)
            known = self.progress.state.of(owner).attributes.get(name)
            if known is not None:
                return known
            if member is None and owner.is_root_self:
                for subclass in self.subclass_methods(owner.definition, name):
                    return self._bound(owner, subclass)
        if name in HOOK_TABLES:
            return (HooksValue(owner, name),)
        if name == "_modules":
            return (ContainerValue("dict", [(self.parts.element(owner, CHILDREN, "loop"),)]),)
        return (self.parts.child(owner, name),)

    def described(self, values: Values, owner: ObjectValue, place: Place) -> Values:
        """Return what an object's class gives for it where it keeps a descriptor."""
        raise NotImplementedError

    def subclass_methods(self, cls: ClassDefinition, name: str) -> tuple[FunctionDefinition, ...]:
        """Return methods of that name in subclasses, for a mixin that calls what only they define."""
        raise NotImplementedError

    def load_attribute(self, owner: ObjectValue, name: str) -> None:
        """Look for what the methods of the object's class bind `self.name` to."""
        raise NotImplementedError

    def _bound(self, owner: ObjectValue, method: FunctionDefinition) -> Values:
        if "staticmethod" in method.decorator_names:
            return (FunctionValue(method),)
        if "classmethod" in method.decorator_names and owner.definition is not None:
            return (of_class(method, owner.definition),)
        if not method.decorator_names.isdisjoint({"property", "cached_property"}):
            values = self.property_value(owner, method) or (self.parts.child(owner, method.name),)
            if "cached_property" in method.decorator_names:
                self.progress.state.set_attribute(owner, method.name, values)
            return values
        return (FunctionValue(method, bound_self=owner),)

    def item(self, owner: ObjectValue, key: Values, index: ir.Expr) -> Values:
        """Return what an object's own `__getitem__` gives, empty where it has none."""
        raise NotImplementedError

    def property_value(self, owner: ObjectValue, method: FunctionDefinition) -> Values:
        """Return what a property gives that does nothing but return an expression."""
        raise NotImplementedError


def of_class(method: FunctionDefinition, cls: ClassDefinition) -> FunctionValue:
    """Return a class method bound to its class."""
    return FunctionValue(method, bound_self=ObjectValue("self", definition=cls, is_class=True))
