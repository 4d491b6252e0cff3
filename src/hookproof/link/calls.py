"""Abstract evaluation of calls: project functions are entered, torch's are carried out on the state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookproof.collect import ir
from hookproof.link.case import Hook, Registration
from hookproof.link.definitions import ClassDefinition, External, FunctionDefinition
from hookproof.link.entries import ENTRY_POINTS, FORWARDING_CALLS, ITERATING_CALLS, SELF_RETURNING_METHODS
from hookproof.link.evaluate import Evaluator
from hookproof.link.hooks import hooks_of
from hookproof.link.registrations import hook_argument, is_hook_method, receiver_form
from hookproof.link.values import (
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    Frame,
    FunctionValue,
    HandleValue,
    MethodValue,
    ObjectValue,
    PartialValue,
    ScriptValue,
    SuperValue,
    Value,
    Values,
    union,
)
from hookproof.torchscript.atlas import global_hook_apis, hook_apis, legacy_utilities

if TYPE_CHECKING:
    from hookproof.link.module_class import ModuleClass

Keywords = dict[str, Values]

# What may be, or stand for, the module before `.register_…`.
_RECEIVERS = (ObjectValue, ScriptValue, SuperValue, ExternalValue, ClassValue)


class Caller(Evaluator):
    """Evaluates calls."""

    def call(self, node: ir.Call, frame: Frame) -> Values:
        """Evaluate a call: the callee first, then the arguments, then what the call does."""
        callees = self._callee(node, frame)
        args, keywords = self._arguments(node, frame)
        return union(*(self.call_value(callee, node, args, keywords, frame) for callee in callees))

    def _callee(self, node: ir.Call, frame: Frame) -> Values:
        match node.func:
            case ir.Attribute(value=owner, attr=attr) if attr in hook_apis():
                if not is_hook_method(node.func):
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
        return found or (self.element(ExternalValue(frame.file.path), str(getattr(owner, "at", 0)), "local"),)

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
            return (MethodValue(self.element(owner, "", "global"), name, place),)
        if isinstance(owner, ClassValue):
            cls = self.project.module_class(owner.definition)
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
        if isinstance(owner, ScriptValue):
            return (MethodValue(owner, name, frame.place(node)),)
        if isinstance(owner, ObjectValue) and name not in self.life.state.of(owner).attributes:
            known = owner.definition is not None and self.project.member(owner.definition, name) is not None
            if not known:
                found = self.attribute((owner,), name, frame.place(node)) if owner.definition else ()
                callables = tuple(value for value in found if not isinstance(value, ObjectValue))
                if callables or any(isinstance(v, ObjectValue) and v.definition for v in found):
                    return found
                return (MethodValue(owner, name, frame.place(node)),)
        return self.attribute((owner,), name, frame.place(node))

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
        return args, keywords

    def _spread(self, values: Values) -> list[Values]:
        if len(values) == 1 and isinstance(values[0], ContainerValue) and values[0].is_exact:
            return list(values[0].items)
        return [self.elements(values)]

    # --- what a call does ----------------------------------------------------------------------------

    def call_value(
        self, callee: Value, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        """Carry out a call of one value."""
        match callee:
            case FunctionValue():
                return self.enter(callee, args, keywords, node)
            case PartialValue(function=function, args=filled):
                return union(
                    *(self.call_value(inner, node, [*filled, *args], keywords, frame) for inner in function)
                )
            case ClassValue(definition=definition):
                return self.construct(definition, node, args, keywords, frame)
            case ExternalValue(qualname=qualname):
                return self._call_external(qualname, node, args, keywords, frame)
            case MethodValue(owner=owner, name=name):
                return self._call_method(owner, name, node, args, keywords, frame)
            case ScriptValue():
                self.life.use(callee, node, frame.place(node))
                return ()
            case ObjectValue():
                return self._call_object(callee, node, args, keywords, frame)
        return ()

    def _call_object(
        self, callee: ObjectValue, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        if callee.definition is not None and callee.module_class is None:
            method = self.project.member(callee.definition, "__call__")
            if isinstance(method, FunctionDefinition):
                return self.enter(FunctionValue(method, bound_self=callee), args, keywords, node)
        self.life.call_module(callee, frame.place(node))
        if callee.parent is not None and callee.form == "attribute":
            return self._call_method(callee.parent, callee.name, node, args, keywords, frame)
        self._hand_out(args, frame, node)
        return (self.element(callee, f"(){node.at}", "call"),)

    def _hand_out(self, args: list[Values], frame: Frame, node: ir.Call) -> None:
        """Unknown code receives these values: a script module among them is used there."""
        for values in args:
            for value in values:
                if isinstance(value, ScriptValue):
                    self.life.use(value, None, frame.place(node))

    def construct(
        self, definition: ClassDefinition, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        """Create an instance of a project class and run its `__init__`."""
        cls = self.project.module_class(definition)
        instance = ObjectValue("call", cls, definition, is_created=True)
        init = self.project.member(definition, "__init__")
        if isinstance(init, FunctionDefinition):
            self.enter(FunctionValue(init, bound_self=instance), args, keywords, node)
        return (instance,)

    def _call_external(
        self, qualname: str, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        place = frame.place(node)
        entry = ENTRY_POINTS.get(qualname)
        owner, _, name = qualname.rpartition(".")
        if entry is not None:
            return self._enter_torchscript(entry, qualname, node, args, keywords, frame)
        if qualname in global_hook_apis():
            return self._register(None, name, node, args, keywords, frame)
        if name in hook_apis() and owner.startswith("torch."):
            receivers = args[0] if args else ()
            return union(
                *(
                    self._register(receiver, name, node, args[1:], keywords, frame, is_unbound=True)
                    for receiver in receivers
                    if isinstance(receiver, (ObjectValue, ScriptValue))
                )
            )
        if qualname in legacy_utilities() or _is_removal(qualname):
            return self._utility(qualname, node, args, keywords, frame)
        if qualname in {"functools.partial", "functools.partialmethod"} and args:
            return (PartialValue(args[0], tuple(args[1:]), frozenset(keywords)),)
        if qualname in FORWARDING_CALLS:
            return args[0] if args else ()
        if qualname in ITERATING_CALLS:
            return self._iterating(qualname, args)
        if qualname == "copy.deepcopy" and args:
            return tuple(self._deepcopy(value) for value in args[0])
        if qualname == "builtins.getattr" and len(args) >= 2:
            return self._getattr(args, frame, node)
        if qualname == "builtins.setattr" and len(args) == 3:
            self._setattr(args)
            return ()
        if qualname == "builtins.super":
            return self._super(frame)
        if qualname == "torch.jit.save":
            self._hand_out(args, frame, node)
            return ()
        cls = self.project.module_class(External(qualname)) if qualname.startswith("torch.nn.") else None
        if cls is not None:
            return (self._external_module(cls, args, keywords),)
        self._hand_out(args, frame, node)
        return (self.element(ExternalValue(qualname), f"{place.path}:{node.at}", "call"),)

    def _external_module(self, cls: ModuleClass, args: list[Values], keywords: Keywords) -> ObjectValue:
        instance = ObjectValue("call", cls, is_created=True)
        groups = list(args)
        if len(args) == 1 and any(isinstance(value, ContainerValue) for value in args[0]):
            groups = [item for value in args[0] if isinstance(value, ContainerValue) for item in value.items]
        for index, values in enumerate([*groups, *keywords.values()]):
            kept = tuple(value for value in values if isinstance(value, (ObjectValue, ScriptValue)))
            if kept:
                self.life.state.set_attribute(instance, str(index), kept)
        return instance

    def _iterating(self, qualname: str, args: list[Values]) -> Values:
        if qualname == "builtins.enumerate" and args:
            return (ContainerValue("iterator", [(self._pair((), self.elements(args[0])),)]),)
        if qualname in {"builtins.zip", "itertools.product"}:
            return (ContainerValue("iterator", [(self._pair(*(self.elements(values) for values in args)),)]),)
        if qualname == "builtins.map" and len(args) > 1:
            return ()
        if not args:
            return (ContainerValue("list"),)
        source = args[-1] if qualname == "builtins.filter" else union(*args)
        exact = len(source) == 1 and isinstance(source[0], ContainerValue) and source[0].is_exact
        if exact and isinstance(source[0], ContainerValue):
            return (ContainerValue("list", list(source[0].items), is_exact=True),)
        elements = self.elements(source)
        if qualname in {"builtins.dict", "collections.OrderedDict"}:
            # `dict(module.named_children())`
            pairs = [
                value for value in elements if isinstance(value, ContainerValue) and len(value.items) == 2
            ]
            if pairs:
                return (ContainerValue("dict", [pair.items[1] for pair in pairs]),)
        return (ContainerValue("list", [elements]),)

    @staticmethod
    def _pair(*groups: Values) -> ContainerValue:
        return ContainerValue("tuple", list(groups), is_exact=True)

    def _deepcopy(self, value: Value) -> Value:
        if isinstance(value, ScriptValue):
            return replace(value, is_reloaded=True) if value.how == "trace" else replace(value)
        if isinstance(value, ObjectValue):
            copied = replace(value)
            self.life.state.objects[copied] = replace(self.life.state.of(value), copies=())
            return copied
        return value

    def _getattr(self, args: list[Values], frame: Frame, node: ir.Call) -> Values:
        names = [value.value for value in args[1] if isinstance(value, ConstantValue)]
        if len(names) == 1 and isinstance(names[0], str):
            if names[0] in hook_apis():
                return tuple(MethodValue(owner, names[0], frame.place(node)) for owner in args[0])
            return self.attribute(args[0], names[0], frame.place(node))
        return union(
            *(
                (self.element(owner, "getattr", "attribute"),)
                for owner in args[0]
                if isinstance(owner, ObjectValue)
            )
        )

    def _setattr(self, args: list[Values]) -> None:
        names = [value.value for value in args[1] if isinstance(value, ConstantValue)]
        for owner in args[0]:
            if isinstance(owner, (ObjectValue, ScriptValue)):
                name = names[0] if len(names) == 1 and isinstance(names[0], str) else "[]"
                self.life.state.set_attribute(owner, name, args[2])

    def _super(self, frame: Frame) -> Values:
        scope: Frame | None = frame
        while scope is not None and scope.owner is None:
            scope = scope.parent
        if scope is None or scope.owner is None or scope.function is None or not scope.function.parameters:
            return ()
        instance = scope.locals.get(scope.function.parameters[0].name, ())
        base = next((b for b in self.project.bases(scope.owner) if isinstance(b, ClassDefinition)), None)
        return tuple(SuperValue(value, base) for value in instance if isinstance(value, ObjectValue))

    # --- registrations -------------------------------------------------------------------------------

    def _register(
        self,
        receiver: ObjectValue | ScriptValue | None,
        api: str,
        node: ir.Call,
        args: list[Values],
        keywords: Keywords,
        frame: Frame,
        *,
        is_unbound: bool = False,
    ) -> Values:
        if not node.args:
            return ()
        values = args[0] if args else keywords.get("hook", ())
        hooks = hooks_of(values, frame.place(hook_argument(node, is_unbound=is_unbound)), self.project)
        options = {
            argument.keyword: argument.value
            for argument in node.args
            if argument.keyword is not None and argument.keyword != "hook"
        }
        registration = Registration(
            api,
            frame.place(node),
            node,
            receiver_form(receiver, node, is_unbound=is_unbound),
            options,
            function=frame.function,
        )
        return (self.life.register(receiver, registration, hooks, is_unbound=is_unbound),)

    def _utility(
        self, qualname: str, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        """Carry out a function of torch.nn.utils that puts a hook object or a parametrization on a module."""
        receivers = args[0] if args else keywords.get("module", ())
        place = frame.place(node)
        for receiver in receivers:
            if isinstance(receiver, ObjectValue) and _is_removal(qualname):
                for live in self.life.state.of(receiver).hooks:
                    if live.registration.api in legacy_utilities():
                        self.life.remove(HandleValue(live), place)
            elif isinstance(receiver, ObjectValue) and legacy_utilities()[qualname].installs != "none":
                registration = Registration(
                    qualname, place, node, receiver_form(receiver, node, is_unbound=True)
                )
                self.life.register(receiver, registration, (Hook("callable object", place),))
        return receivers

    # --- methods of followed values ------------------------------------------------------------------

    def _call_method(
        self, owner: Value, name: str, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        if name in hook_apis() and isinstance(owner, (ObjectValue, ScriptValue)):
            return self._register(owner, name, node, args, keywords, frame)
        match owner:
            case HandleValue():
                if name == "remove":
                    self.life.remove(owner, frame.place(node))
                return ()
            case ContainerValue():
                return self._container_method(owner, name, args)
            case ScriptValue():
                return self._script_method(owner, name, node, args, keywords, frame)
            case ObjectValue():
                return self._object_method(owner, name, node, args, keywords, frame)
        return ()

    def _container_method(self, owner: ContainerValue, name: str, args: list[Values]) -> Values:
        if name in {"append", "add", "appendleft", "insert", "setdefault"} and args:
            owner.items.append(args[-1])
        elif name in {"extend", "update"} and args:
            owner.items.append(self.elements(args[0]))
        elif name == "items":
            return (ContainerValue("iterator", [(self._pair((), values),) for values in owner.items]),)
        elif name in {"values", "copy"}:
            return (owner,)
        elif name in {"get", "pop", "popitem", "popleft"}:
            key = args[0][0].value if args and args[0] and isinstance(args[0][0], ConstantValue) else None
            if key is not None and key in owner.keyed:
                return owner.keyed[key]
            return union(self.elements((owner,)), *args[1:])
        return ()

    def _script_method(
        self,
        owner: ScriptValue,
        name: str,
        node: ir.Call,
        args: list[Values],
        keywords: Keywords,
        frame: Frame,
    ) -> Values:
        place = frame.place(node)
        if name == "forward":
            self.life.call_forward(owner, place)
            self.life.use(owner, None, place)
        elif name == "save":
            self.life.use(owner, None, place)
        elif name in {"state_dict", "load_state_dict"}:
            self.life.exchange_state(owner, place)
        elif name in SELF_RETURNING_METHODS:
            return (owner,)
        elif name in {"modules", "children", "named_modules", "named_children"}:
            return self._members(name, self.life.child(owner, "*"), owner)
        elif name == "apply" and args:
            self._apply(args[0], (self.life.child(owner, "*"),), node, frame)
            return (owner,)
        elif name == "get_submodule":
            return (self.life.child(owner, "[]"),)
        elif name not in {"parameters", "named_parameters", "buffers"}:
            self.life.use(self.life.child(owner, name), node, place)
        return ()

    def _members(self, name: str, element: Value, owner: Value) -> Values:
        group: Values = (element,) if name.endswith("children") else union((element,))
        return (
            ContainerValue("iterator", [(self._pair((), group),)])
            if name.startswith("named")
            else ContainerValue("iterator", [group]),
        )

    def _apply(self, functions: Values, elements: Values, node: ir.Call, frame: Frame) -> None:
        for function in functions:
            self.call_value(function, node, [elements], {}, frame)

    def _object_method(
        self,
        owner: ObjectValue,
        name: str,
        node: ir.Call,
        args: list[Values],
        keywords: Keywords,
        frame: Frame,
    ) -> Values:
        if name in SELF_RETURNING_METHODS:
            return (owner,)
        if name in {"modules", "children", "named_modules", "named_children"}:
            return self._members(name, self.element(owner, "*", "loop"), owner)
        if name == "apply" and args and any(isinstance(value, FunctionValue) for value in args[0]):
            self._apply(args[0], (self.element(owner, "*", "apply"),), node, frame)
            return (owner,)
        if name in {"items", "values"} and not args:
            group: Values = (self.element(owner, "*", "loop"),)
            return (ContainerValue("iterator", [(self._pair((), group),) if name == "items" else group]),)
        if name == "to_torchscript":
            return (self.life.script(owner, "to_torchscript", node, frame.place(node)),)
        if name == "get_submodule" and args:
            names = [value.value for value in args[0] if isinstance(value, ConstantValue)]
            if len(names) == 1 and isinstance(names[0], str):
                values: Values = (owner,)
                for part in names[0].split("."):
                    values = self.attribute(values, part, frame.place(node))
                return values
        self._hand_out([*args, *keywords.values()], frame, node)
        return (self.element(owner, f"{name}(){node.at}", "call"),)

    # --- entry points --------------------------------------------------------------------------------

    def _enter_torchscript(
        self,
        entry: str,
        api: str,
        node: ir.Call,
        args: list[Values],
        keywords: Keywords,
        frame: Frame,
    ) -> Values:
        place = frame.place(node)
        if entry == "load":
            return (self.life.load(api, node, place),)
        given = args[0] if args else union(*(keywords.get(name, ()) for name in ("obj", "func", "mod")))
        results: list[Value] = []
        for value in given:
            match value:
                case ObjectValue() if entry == "script":
                    results.append(self.life.script(value, api, node, place))
                case ObjectValue() if entry == "trace":
                    results.append(self.life.trace(value, api, node, place))
                case ScriptValue() if entry == "freeze":
                    results.append(self.life.freeze(value, api, node, place))
                case ScriptValue():
                    results.append(value)
                case ObjectValue():
                    results.append(self.life.load(api, node, place, "freeze"))
                case MethodValue(owner=ObjectValue() as owner, name="forward") if entry == "trace":
                    results.append(ObjectValue("call", parent=owner, name="forward"))
        return tuple(results)

    def enter(
        self, function: FunctionValue, args: list[Values], keywords: Keywords, node: ir.Call | None
    ) -> Values:
        """Run the body of a project function with these arguments; return what it may return."""
        raise NotImplementedError


def _is_torch_module(member: FunctionDefinition) -> bool:
    return member.owner is not None and member.owner.qualname == "torch.nn.modules.module.Module"


def _is_removal(qualname: str) -> bool:
    owner, _, name = qualname.rpartition(".")
    return owner.startswith("torch.nn.utils") and "remove" in name
