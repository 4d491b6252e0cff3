"""Abstract evaluation of calls: what is called, with what, and who carries it out."""

from __future__ import annotations

from hookproof.classes.module_classes import module_class_of
from hookproof.interpreter.given_literals import literals_given
from hookproof.interpreter.method_calls import MethodCalls
from hookproof.interpreter.models.external_calls import Keywords
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.registrations import is_hook_method
from hookproof.interpreter.values import (
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    Frame,
    FunctionValue,
    GetterValue,
    ItemGetterValue,
    MethodValue,
    PartialValue,
    ScriptValue,
    SuperValue,
    SupplierValue,
    Value,
    Values,
    union,
)
from hookproof.semantic.definitions import ClassDefinition, External, FunctionDefinition
from hookproof.semantic.fields import fields_of, has_fields
from hookproof.syntax import ir

# What may be, or stand for, the module before `.register_…`.
_RECEIVERS = (ObjectValue, ScriptValue, SuperValue, ExternalValue, ClassValue)


class Caller(MethodCalls):
    """Evaluates calls."""

    def call(self, node: ir.Call, frame: Frame) -> Values:
        """Evaluate a call: the callee first, then the arguments, then what the call does."""
        callees = self._callee(node, frame)
        args, keywords = self._arguments(node, frame)
        meant, found = len({_itself(callee) for callee in callees if not _is_plain(callee)}), list[Values]()
        # Which of several it is, nobody knows: what each does is done under a condition.
        self.progress.choices += meant > 1
        for callee in callees:
            self.progress.callees = meant
            found.append(self.call_value(callee, node, args, keywords, frame))
        self.progress.choices -= meant > 1
        return union(*found)

    def _callee(self, node: ir.Call, frame: Frame) -> Values:
        match node.func:
            case ir.Attribute(value=owner, attr=attr) if attr in self.project.facts.hook_apis:
                if not is_hook_method(node.func, self.project.facts):
                    return ()
                return tuple(
                    method
                    for value in self._receivers(owner, frame)
                    for method in self._hook_method(value, attr, node.func, frame)
                )
            case ir.Attribute(value=owner, attr=attr):
                place = frame.place(node.func)
                owners = self.evaluate(owner, frame)
                return union(*(self._method(value, attr, node.func, frame) for value in owners)) or (
                    MethodValue(ObjectValue("call"), attr, place),
                )
        return self.evaluate(node.func, frame)

    def _receivers(self, owner: ir.Expr, frame: Frame) -> Values:
        """Return what may be a module of the values before `.register_…`, at least an unknown one."""
        found = tuple(value for value in self.evaluate(owner, frame) if isinstance(value, _RECEIVERS))
        return found or (
            self.parts.element(ExternalValue(frame.file.path), str(getattr(owner, "at", 0)), "local"),
        )

    def _hook_method(self, owner: Value, name: str, node: ir.Attribute, frame: Frame) -> Values:
        """Return the hook API itself unless the owner's class has a method of its own by that name."""
        place = frame.place(node)
        if isinstance(owner, ObjectValue) and owner.definition is not None:
            member = self.project.member(owner.definition, name)
            if isinstance(member, FunctionDefinition) and not _is_torch_module(member):
                return self.attribute((owner,), name, place)
            is_mixin = owner.is_root_self
            if (
                member is None
                and owner.module_class is None
                and not is_mixin
                and self._is_no_module(owner.definition)
            ):
                return ()
        if isinstance(owner, SuperValue):
            owner = owner.instance
        if isinstance(owner, ExternalValue):
            if owner.qualname.rpartition(".")[2][:1].isupper() or owner.qualname.startswith("torch."):
                return (ExternalValue(f"{owner.qualname}.{name}"),)
            return (MethodValue(self.parts.element(owner, "", "global"), name, place),)
        if isinstance(owner, ClassValue):
            cls = module_class_of(owner.definition, self.project)
            return (ExternalValue(f"torch.nn.Module.{name}"),) if cls is not None else ()
        return (MethodValue(owner, name, place),)

    def _is_no_module(self, definition: ClassDefinition) -> bool:
        """Whether every base is known and none of them is a module."""
        return all(
            isinstance(base, ClassDefinition)
            or (
                isinstance(base, External)
                and base.qualname in {"builtins.object", "abc.ABC", "typing.Generic"}
            )
            for base in self.project.mro(definition)
        )

    def _method(self, owner: Value, name: str, node: ir.Attribute, frame: Frame) -> Values:
        if isinstance(owner, (ScriptValue, ConstantValue)):
            return (MethodValue(owner, name, frame.place(node)),)
        if isinstance(owner, ObjectValue) and name not in self.progress.state.of(owner).attributes:
            known = owner.definition is not None and self.project.member(owner.definition, name) is not None
            if not known:
                found = self.attribute((owner,), name, frame.place(node)) if owner.definition else ()
                callables = tuple(value for value in found if not isinstance(value, ObjectValue))
                if callables or any(isinstance(v, ObjectValue) and v.definition for v in found):
                    return found
                return (MethodValue(owner, name, frame.place(node)),)
        return self.attribute((owner,), name, frame.place(node))

    def _named_member(self, owner: Value, name: str, node: ir.Call, frame: Frame) -> Values:
        """Return the attribute of that name, for a function that is handed the object."""
        member = ir.Attribute(node.at, node.func, name)
        find = self._hook_method if name in self.project.facts.hook_apis else self._method
        return find(owner, name, member, frame)

    def _arguments(self, node: ir.Call, frame: Frame) -> tuple[list[Values], Keywords]:
        args: list[Values] = []
        keywords: Keywords = {}
        for argument in node.args:
            values = self.evaluate(argument.value, frame)
            if argument.keyword is not None:
                keywords[argument.keyword] = values
            elif argument.star == "*":
                args.extend(self._spread(values))
            elif not argument.star:
                args.append(values)
            else:
                keywords.update(self._named_in(values))
        return args, keywords

    def _spread(self, values: Values) -> list[Values]:
        only = values[0] if len(values) == 1 else None
        spread = self.parts.iterated(only) if isinstance(only, ContainerValue) else None
        if spread is not None and spread.is_exact:
            return list(spread.items)
        return [self.parts.elements(values)]

    def call_value(
        self, callee: Value, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        """Carry out a call of one value."""
        match callee:
            case FunctionValue():
                return self.enter(callee, args, keywords, node)
            case PartialValue(function=function, args=filled, keywords=named):
                keywords = {**named, **keywords}
                return union(
                    *(self.call_value(inner, node, [*filled, *args], keywords, frame) for inner in function)
                )
            case GetterValue() if args:
                return self._get(callee, node, args[0], frame)
            case ItemGetterValue(indices=indices, frame=inner) if args:
                found = [self.subscript(args[0], index, inner) for index in indices]
                return found[0] if len(found) == 1 else (ContainerValue("tuple", found, is_exact=True),)
            case SupplierValue(values=values):
                return values
            case ClassValue(definition=definition):
                return self.construct(definition, node, args, keywords, frame)
            case ExternalValue(qualname=qualname):
                return self._call_external(qualname, node, args, keywords, frame)
            case MethodValue(owner=owner, name=name):
                return self._call_method(owner, name, node, args, keywords, frame)
            case ScriptValue():
                self.listener.called(callee, node, frame.place(node))
                return ()
            case ObjectValue():
                return self._call_object(callee, node, args, keywords, frame)
        return ()

    def _get(self, getter: GetterValue, node: ir.Call, owners: Values, frame: Frame) -> Values:
        """Carry out the call of `attrgetter(…)` or `methodcaller(…)`."""
        found: list[Values] = []
        for path in getter.names:
            *way, last = path.split(".")
            members = owners
            for name in way:
                members = self.attribute(members, name, frame.place(node))
            found.append(union(*(self._named_member(value, last, node, frame) for value in members)))
        if getter.given is None:
            return found[0] if len(found) == 1 else (ContainerValue("tuple", found, is_exact=True),)
        args, keywords = getter.given
        return union(*(self.call_value(member, node, list(args), keywords, frame) for member in found[0]))

    def _call_object(
        self, callee: ObjectValue, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        if callee.definition is not None and callee.is_class:
            return self.construct(callee.definition, node, args, keywords, frame)
        if callee.definition is not None and callee.module_class is None:
            method = self.project.member(callee.definition, "__call__")
            if isinstance(method, FunctionDefinition):
                return self.enter(FunctionValue(method, bound_self=callee), args, keywords, node)
        self.listener.called(callee, node, frame.place(node))
        if callee.parent is not None and callee.form == "attribute":
            return self._call_method(callee.parent, callee.name, node, args, keywords, frame)
        self._hand_out(args, frame, node)
        return (self.parts.element(callee, f"(){node.at}", "call"),)

    def construct(
        self, definition: ClassDefinition, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        """Create an instance of a project class and run its `__init__`."""
        cls, init = module_class_of(definition, self.project), self.project.member(definition, "__init__")
        replaced = self.replaced_init(definition)
        if cls is not None and isinstance(init, FunctionDefinition) and node.args and not replaced:
            cls = cls.made_with(literals_given(init.function, node, args, keywords))
        instance = ObjectValue("call", cls, definition, is_created=True)
        ending = self.project.member(definition, "__del__")
        if isinstance(ending, FunctionDefinition):
            self.mortal[instance] = FunctionValue(ending, bound_self=instance)
        if replaced:
            for function in replaced:
                self.call_value(function, node, [(instance,), *args], keywords, frame)
        elif isinstance(init, FunctionDefinition):
            self.enter(FunctionValue(init, bound_self=instance), args, keywords, node)
        elif has_fields(definition, self.project):
            self._set_fields(instance, definition, args, keywords)
            after = self.project.member(definition, "__post_init__")
            if isinstance(after, FunctionDefinition):
                self.enter(FunctionValue(after, bound_self=instance), [], {}, node)
        return (instance,)

    def replaced_init(self, definition: ClassDefinition) -> Values:
        """Return the `__init__` that something else has set for a class, nothing where it is its own."""
        raise NotImplementedError

    def let_go(self, values: Values, node: ir.Expr | ir.Stmt, frame: Frame) -> None:
        """Carry out `__del__` and `weakref.finalize` of what a name no longer holds.

        Whatever else holds it is not looked for.
        """
        for value in values if self.mortal else ():
            ending = self.mortal.pop(value, None) if isinstance(value, ObjectValue) else None
            if ending is not None:
                self.call_value(ending, ir.Call(node.at, ir.Name(node.at, "__del__"), ()), [], {}, frame)

    def _set_fields(
        self, instance: ObjectValue, definition: ClassDefinition, args: list[Values], keywords: Keywords
    ) -> None:
        """Carry out the `__init__` that a class gets for its annotated fields."""
        for position, field in enumerate(fields_of(definition, self.project)):
            values = keywords.get(field.name) or (args[position] if position < len(args) else None)
            if values is None and field.default is not None:
                values = self.evaluate(field.default, Frame(field.scope))
            if values is None and field.factory is not None:
                call = ir.Call(field.factory.at, field.factory, ())
                values = self.call(call, Frame(field.scope))
            if values:
                self.progress.state.set_attribute(instance, field.name, values)


def _itself(callee: Value) -> Value:
    """Return the module whose method is called, by whatever name tests have given it."""
    owner = callee.owner if isinstance(callee, MethodValue) else callee
    while isinstance(owner, ObjectValue) and owner.parent and (owner.narrowed or owner.is_guarded):
        owner = owner.parent
    return owner


def _is_plain(callee: Value) -> bool:
    """Tell whether it is None, or a method of a constant: where the call succeeds, it is not the one."""
    owner = callee.owner if isinstance(callee, MethodValue) else callee
    return isinstance(owner, ConstantValue)


def _is_torch_module(member: FunctionDefinition) -> bool:
    return member.owner is not None and member.owner.qualname == "torch.nn.modules.module.Module"
