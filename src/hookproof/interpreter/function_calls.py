"""Calls of project functions: which are entered, what their parameters are, what their objects hold."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hookproof.classes.module_classes import module_class_of
from hookproof.interpreter.calls import Caller
from hookproof.interpreter.guards import is_script_annotation
from hookproof.interpreter.instances.live_hooks import is_loop_element
from hookproof.interpreter.listener import Listener
from hookproof.interpreter.models.external_calls import Keywords
from hookproof.interpreter.models.single_dispatch import DISPATCHES
from hookproof.interpreter.objects import ALL_MODULES, CHILDREN, ObjectValue
from hookproof.interpreter.values import (
    ClassValue,
    ContainerValue,
    Frame,
    FunctionValue,
    HandleValue,
    Key,
    ScriptValue,
    Value,
    Values,
    union,
)
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.effects import statements_of
from hookproof.semantic.factories import makes_function
from hookproof.semantic.place import Place
from hookproof.semantic.relevance import Relevance
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_MAX_DEPTH = 40
# Decorators with which a function gives the same object each time it is given the same.
_CACHES = frozenset({"cache", "lru_cache"})


class FunctionCalls(Caller):
    """Enters the bodies of project functions; how statements run is left to subclasses."""

    def __init__(self, listener: Listener, relevance: Relevance, budget: int = 4_000) -> None:
        super().__init__(listener, budget)
        self.relevance = relevance
        self.stack: list[ir.Function] = []
        # The function that runs without anybody's call: its callers are unknown.
        self.outermost: ir.Function | None = None
        self.uncalled: dict[int, FunctionValue] = {}
        self.registering: dict[int, FunctionValue] = {}
        self._assigned: dict[int, tuple[ir.Function, tuple[tuple[str, ir.Expr], ...]]] = {}
        self.inner_classes: list[ClassDefinition] = []
        self.entered: set[Place] = set()
        self._answers: dict[tuple[object, ...], Values] = {}
        self.replaced_inits: dict[Place, Values] = {}
        self.registries: set[ObjectValue | None] = set()

    def block(self, statements: tuple[ir.Stmt, ...], frame: Frame) -> bool:
        """Run statements in order; return whether the end is never reached."""
        raise NotImplementedError

    def function(self, function: ir.Function, frame: Frame) -> FunctionValue:
        """Return a closure, and remember that nobody has called it yet."""
        value = super().function(function, frame)
        self.uncalled[id(function)] = value
        if function.parameters and self.relevance.may_register(function, frame.file):
            self.registering[id(function)] = value
        return value

    def enter(
        self, function: FunctionValue, args: list[Values], keywords: Keywords, node: ir.Call | None
    ) -> Values:
        """Run the body of a project function, if it is worth it; return what it may return."""
        if len(self.stack) >= _MAX_DEPTH:
            return ()
        if node is not None and args and DISPATCHES in function.definition.decorator_names:
            function = self.implementations.chosen(function, args[0])
        definition = function.definition
        if node is not None and not _CACHES.isdisjoint(definition.decorator_names):
            key = (definition, *args, *keywords.items())
            if key not in self._answers:
                self._answers[key] = ()
                self._answers[key] = self._entered_anew(function, args, keywords, node)
            return self._answers[key]
        return self._entered_anew(function, args, keywords, node)

    def _entered_anew(
        self, function: FunctionValue, args: list[Values], keywords: Keywords, node: ir.Call | None
    ) -> Values:
        definition = function.definition
        is_registry = function.bound_self in self.registries
        if node is not None and not (is_registry or self._is_worth_entering(definition, args)):
            self._hand_on(definition, union(*args, *keywords.values()))
            return (self.parts.element(definition, f"{node.at}", "call"),)
        body = definition.function
        self.uncalled.pop(id(body), None)
        if node is not None:
            self.entered.add(Place(definition.scope.file, body.at))
        times = sum(body is running for running in self.stack)
        if times:
            deeper = [self._all_below(values) for values in args]
            is_about_hooks = self.relevance.is_about_hooks(body, definition.scope.file)
            if times > 1 or deeper == args or not is_about_hooks:
                return ()
            args = deeper
        scope = Scope(definition.scope.file, (*definition.scope.functions, body))
        since = (self.progress.choices, self.progress.repeats)
        frame = Frame(scope, {}, function.frame, body, definition.owner, definition.qualname, since=since)
        is_spread = node is not None and any(argument.star == "**" for argument in node.args)
        self._bind(function, args, keywords, frame, is_root=node is None, is_spread=is_spread)
        outermost = self.outermost
        if node is None:
            self.outermost = body
        self.stack.append(body)
        is_making = body.name == "__init__" and bool(body.parameters)
        made = frame.locals[body.parameters[0].name] if is_making else ()
        self.progress.in_making.extend(made)
        try:
            self.block(body.body, frame)
        finally:
            self.stack.pop()
            self.outermost = outermost
            del self.progress.in_making[len(self.progress.in_making) - len(made) :]
        returned = union(*(self._leaving(values, frame) for values in frame.returned))
        if self.mortal and node is not None:
            held = union(*frame.locals.values())
            given = union(
                *args, *keywords.values(), *((function.bound_self,),) if function.bound_self else ()
            )
            self.let_go(tuple(v for v in held if v not in returned and v not in given), node, frame)
        if body.is_generator and not is_context_manager(definition):
            if frame.is_exact and self.stack:
                return (ContainerValue("iterator", list(frame.returned), is_exact=True),)
            several = len(frame.returned) > 1
            return (ContainerValue("iterator", [self._one_of_many(returned) if several else returned]),)
        return returned

    def is_running(self, frame: Frame) -> bool:
        """Tell whether a frame is being run, and certainly gets to where its statements are now."""
        is_on_stack = any(body is frame.function for body in self.stack)
        is_level = frame.function is None and self.outermost is None
        return self.progress.choices == 0 and (is_on_stack or is_level)

    def _hand_on(self, definition: FunctionDefinition, given: Values) -> None:
        """Note what a function that is not followed may do to what it is given."""
        self.handed_on.update(given)
        self.give_away([given])
        modules = [
            value
            for value in given
            if isinstance(value, ObjectValue) and (value.module_class or is_loop_element(value))
        ]
        for name in self.relevance.set_names(definition) if modules else ():
            for module in modules:
                self.progress.rebind(module, name, (self.parts.element(definition, name, "attribute"),))

    def _all_below(self, values: Values) -> Values:
        """Return every module of a model for the child that a function which calls itself is given."""
        found: list[Value] = []
        for value in values:
            if isinstance(value, ObjectValue) and value.form == "loop" and value.name == CHILDREN:
                value = self.parts.element(value.parent or value, ALL_MODULES, "loop")
                self.progress.start_loop((value,))
            found.append(value)
        return tuple(found)

    def _one_of_many(self, values: Values) -> Values:
        """Return what a generator with several `yield`s gives: modules of what it was given, in a loop."""
        found: list[Value] = []
        for value in values:
            if isinstance(value, ContainerValue) and value.kind == "tuple":
                items = [self._one_of_many(item) for item in value.items]
                value = ContainerValue("tuple", items, is_exact=value.is_exact)
            elif isinstance(value, ObjectValue) and not value.origin.is_created and value.form != "loop":
                value = self.parts.element(value, ALL_MODULES, "loop")
            found.append(value)
        return tuple(found)

    def _is_worth_entering(self, definition: FunctionDefinition, args: list[Values]) -> bool:
        if definition.name == "<lambda>":
            return True
        carries = any(self._is_followed(value) for values in args for value in values)
        if self.relevance.is_worth_entering(definition, len(self.stack), carries=carries):
            return True
        # What a block's text cannot hold is not looked for in its facts, which cost a parse.
        return self.relevance.may_make_function(definition) and makes_function(definition.function)

    def _is_followed(self, value: Value) -> bool:
        """Whether something can happen to a value that matters to a hook."""
        if isinstance(value, ObjectValue):
            is_new_module = value.is_created and value.module_class is not None
            return is_new_module or bool(self.progress.state.of(value).hooks)
        return isinstance(value, (ScriptValue, HandleValue))

    def _leaving(self, values: Values, frame: Frame) -> Values:
        """Mark inner functions that are returned as made by a factory; a copy handed out is in use."""
        found = []
        for value in values:
            if isinstance(value, FunctionValue) and value.frame is frame:
                function = value.definition.function
                if self.stack or not self.relevance.meets(function, frame.file):
                    self.uncalled.pop(id(function), None)
                value = FunctionValue(value.definition, value.frame, value.bound_self, from_factory=True)
            found.append(value)
        return tuple(found)

    def _bind(
        self,
        function: FunctionValue,
        args: list[Values],
        keywords: Keywords,
        frame: Frame,
        *,
        is_root: bool,
        is_spread: bool = False,
    ) -> None:
        given = ([(function.bound_self,)] if function.bound_self is not None else []) + args
        scope = function.definition.scope
        position = 0
        named = {parameter.name for parameter in function.definition.function.parameters}
        for parameter in function.definition.function.parameters:
            values: Values | None = None
            if parameter.kind in {"positional-only", "positional"} and position < len(given):
                values = given[position]
                position += 1
            elif parameter.kind == "*":
                values = (ContainerValue("tuple", list(given[position:]), is_exact=not is_root),)
                position = len(given)
            elif parameter.kind == "**":
                others: dict[Key, Values] = {k: held for k, held in keywords.items() if k not in named}
                is_exact = not is_root and not is_spread
                values = (ContainerValue("dict", list(others.values()), others, is_exact=is_exact),)
            elif parameter.name in keywords:
                values = keywords[parameter.name]
            elif parameter.default is not None and not is_root:
                values = self.evaluate(parameter.default, function.frame or Frame(scope))
            frame.locals[parameter.name] = values or (self._unknown_argument(parameter, frame, function),)

    def _unknown_argument(
        self, parameter: ir.Parameter, frame: Frame, function: FunctionValue
    ) -> ObjectValue | ScriptValue:
        owner = function.definition.owner
        body = function.definition.function
        if owner is not None and parameter is body.parameters[0] and not is_static(body):
            is_class = "classmethod" in function.definition.decorator_names
            return (
                ObjectValue("self", definition=owner, is_class=True) if is_class else self._root_self(owner)
            )
        if is_script_annotation(parameter.annotation, frame.scope, self.project):
            return self.listener.declared(frame.place_at(parameter.at))
        definition = None
        if parameter.annotation is not None:
            found = self.project.resolve(frame.scope, parameter.annotation)
            definition = found if isinstance(found, ClassDefinition) else None
            return ObjectValue("parameter", module_class_of(found, self.project), definition)
        return ObjectValue("parameter")

    def _root_self(self, owner: ClassDefinition) -> ObjectValue:
        return ObjectValue("self", module_class_of(owner, self.project), owner, is_root_self=True)

    def item(self, owner: ObjectValue, key: Values, index: ir.Expr) -> Values:
        """Return what an object's own `__getitem__` gives, empty where it has none."""
        method = self.project.member(owner.definition, "__getitem__") if owner.definition else None
        if not isinstance(method, FunctionDefinition):
            return ()
        call = ir.Call(index.at, index, (ir.Argument(index),))
        return self.enter(FunctionValue(method, bound_self=owner), [key], {}, call)

    def load_attribute(self, owner: ObjectValue, name: str) -> None:
        """Set an attribute of an object to what the methods of its class assign to it."""
        if owner.definition is None or (id(owner), name) in self._loading:
            return
        self._loading.add((id(owner), name))
        found: list[Values] = []
        for cls in self.project.mro(owner.definition):
            if not isinstance(cls, ClassDefinition):
                continue
            for method, assigned in self._assignments(cls, name):
                frame = self._quiet_frame(method, owner)
                found.append(self.evaluate(assigned, frame))
        values = union(*found)
        if values:
            self.progress.state.set_attribute(owner, name, self._as_left(owner, name, values))

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
        opened = replace(container, is_numbered=False)
        self.progress.state.objects[opened] = self.progress.state.of(container)
        return opened

    def property_value(self, owner: ObjectValue, method: FunctionDefinition) -> Values:
        """Return what a property gives: modules, or what a loop takes them from."""
        *before, last = method.function.body
        is_plain = all(isinstance(statement, ir.Expression) for statement in before)
        is_plain = is_plain and isinstance(last, ir.Return)
        if (id(owner), method.name) in self._loading or not (is_plain or self._is_worth_entering(method, [])):
            return ()
        self._loading.add((id(owner), method.name))
        try:
            if isinstance(last, ir.Return) and is_plain:
                frame = self._quiet_frame(method, owner)
                values = self.evaluate(last.value, frame) if last.value is not None else ()
            else:
                call = ir.Call(last.at, ir.Name(last.at, method.name), ())
                values = self.enter(FunctionValue(method, bound_self=owner), [], {}, call)
        finally:
            self._loading.discard((id(owner), method.name))
        return tuple(v for v in values if isinstance(v, (ObjectValue, ScriptValue, ContainerValue)))

    def described(self, values: Values, owner: ObjectValue, place: Place) -> Values:
        """Return what an object's class gives for it where it keeps a descriptor."""
        descriptor = values[0] if len(values) == 1 else None
        if not isinstance(descriptor, ObjectValue) or descriptor.definition is None:
            return values
        method = self.project.member(descriptor.definition, "__get__")
        if not isinstance(method, FunctionDefinition) or owner.definition is None:
            return values
        call = ir.Call(place.at, ir.Name(place.at, "__get__"), ())
        given: list[Values] = [(owner,), (ClassValue(owner.definition),)]
        return self.enter(FunctionValue(method, bound_self=descriptor), given, {}, call)

    def _quiet_frame(self, method: FunctionDefinition, owner: ObjectValue) -> Frame:
        """Return a frame of the method in which its parameters and inner functions have values."""
        value = FunctionValue(method, bound_self=owner)
        scope = Scope(method.scope.file, (*method.scope.functions, method.function))
        frame = Frame(scope, {}, None, method.function, method.owner, method.qualname)
        self._bind(value, [], {}, frame, is_root=True)
        for statement in method.function.body:
            if isinstance(statement, ir.Define):
                frame.locals[statement.function.name] = (super().function(statement.function, frame),)
        return frame

    def _assignments(self, cls: ClassDefinition, name: str) -> Iterator[tuple[FunctionDefinition, ir.Expr]]:
        for method in self.project.assigning_methods(cls, name):
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

    def subclass_methods(self, cls: ClassDefinition, name: str) -> tuple[FunctionDefinition, ...]:
        """Return the methods of that name in the subclasses that the same file has."""
        found: list[FunctionDefinition] = []
        file = cls.scope.file
        for block in file.outline.blocks:
            if block.kind == "class" and block.name != cls.node.name and block.name is not None:
                other = self.project.lookup(Scope(file), block.name)
                if isinstance(other, ClassDefinition) and cls in self.project.mro(other):
                    found.extend(self.project.method(other, name))
        return tuple(found)


def is_context_manager(definition: FunctionDefinition) -> bool:
    """Return whether a generator is decorated to be one."""
    marks = {"contextmanager", "asynccontextmanager"}
    return not definition.decorator_names.isdisjoint(marks) and definition.function.is_generator


def is_static(function: ir.Function) -> bool:
    """Return whether a method is decorated as static."""
    return any(isinstance(found, ir.Name) and found.id == "staticmethod" for found in function.decorators)


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
