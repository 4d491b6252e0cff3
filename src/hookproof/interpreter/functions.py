"""Calls of project functions: which are entered, what their parameters are, what they leave behind."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.classes.module_classes import module_class_of
from hookproof.evaluator.arguments import Default, Gets, Keywords, Rest, bound
from hookproof.evaluator.contents import Entries
from hookproof.evaluator.functions import is_context_manager
from hookproof.interpreter.before_tests import given_by_fixture
from hookproof.interpreter.decorated import Decorated
from hookproof.interpreter.domain import Arguments, Frame, Value, Values, only, union
from hookproof.interpreter.exits import begin, finish
from hookproof.interpreter.gradients import set_for
from hookproof.interpreter.guards import is_script_annotation
from hookproof.interpreter.instances.live_hooks import is_loop_element
from hookproof.interpreter.members import let_go
from hookproof.interpreter.models.containers import give_away
from hookproof.interpreter.models.single_dispatch import DISPATCHES
from hookproof.interpreter.objects import ALL_MODULES, CHILDREN, FunctionValue, ObjectValue, is_made_module
from hookproof.interpreter.plain import ContainerValue, ExternalValue, PartialValue, iterator, pair, some
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import HandleValue, ScriptValue
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.endings import never_returns
from hookproof.semantic.factories import makes_function
from hookproof.semantic.location import Location
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.worlds import registry

_MAX_DEPTH = 40
_MAX_FILLING_DEPTH = 2  # a decorator's factory, the decorator, a method of the registry
# Decorators with which a function gives the same object each time it is given the same.
_CACHES = frozenset({"cache", "lru_cache"})


class Functions:
    """Enters the bodies of project functions."""

    def __init__(self, run: Running) -> None:
        self._run = run
        self._answers: dict[tuple[object, ...], Values] = {}
        self._decorated = Decorated(run)
        self._closures: list[tuple[ir.Function, Frame | None, tuple[Values, ...]]] = []
        self.decorate, self.replaced = self._decorated.decorate, self._decorated.replaced

    def enter(self, function: FunctionValue, args: Arguments | None) -> Values:
        """Run a function of the project if it is worth it; return what it may give.

        Without arguments it is a root: nobody is known to call it.
        """
        if len(self._run.calls.stack) >= _MAX_DEPTH:
            return ()
        if args is None:
            return self._run_body(function, None)
        replaced = self.replaced(function)
        if replaced:
            return self._run.call(replaced, _with_self(function, args))
        if args.positional and DISPATCHES in function.definition.decorator_names:
            function = self._run.implementations.chosen(function, args.positional[0])
        if _CACHES.isdisjoint(function.definition.decorator_names):
            return self._called(function, args)
        key = (function.definition, *args.positional, *args.named.items())
        if key not in self._answers:
            self._answers[key] = ()
            self._answers[key] = self._called(function, args)
        return self._answers[key]

    def _called(self, function: FunctionValue, args: Arguments) -> Values:
        definition, run = function.definition, self._run
        is_registry = function.bound_self in run.filling.registries
        own = function.bound_self
        # An inherited constructor may call what the class of the object has instead.
        is_inherited = (
            definition.name == "__init__" and own is not None and own.definition != definition.owner
        )
        given = args.each()
        given = ((own,), *given) if own is not None and is_inherited else given
        is_meant = is_registry or definition in run.calls.compiled
        if not (is_meant or is_worth_entering(run, definition, given, own)):
            run.calls.passed.add(definition)
            self._hand_on(definition, union(*args.each()))
            run.progress.is_over = never_returns(definition, run.project)
            return (run.element(definition, f"{args.node.at}", "call"),)
        body = definition.function
        run.calls.uncalled.pop(id(body), None)
        run.calls.entered.add(Location(definition.scope.file, body.at))
        again = [given for other, frame, given in self._closures if body is other and function.frame is frame]
        if again and (
            args.positional in again or not any(is_made_module(only(values)) for values in args.positional)
        ):
            deeper = tuple(map(self._all_below, args.positional))
            is_scripted = any(isinstance(value, ScriptValue) for value in union(*args.positional))
            is_about_hooks = run.relevance.is_about_hooks(body, definition.scope.file)
            if len(again) > 1 or not is_about_hooks or not (is_scripted or deeper != args.positional):
                return ()
            args = replace(args, positional=deeper)
        return self._run_body(function, args)

    def _run_body(self, function: FunctionValue, args: Arguments | None) -> Values:
        definition, run = function.definition, self._run
        body = definition.function
        run.calls.uncalled.pop(id(body), None)
        scope = Scope(definition.scope.file, (*definition.scope.functions, body))
        since = (run.progress.choices, run.progress.repeats)
        frame = Frame(scope, {}, function.frame, body, definition.owner, definition.qualname, since=since)
        bind_parameters(run, function, args, frame)
        outermost = run.calls.outermost
        if args is None:
            run.calls.outermost = body
        run.calls.stack.append(body)
        self._closures.append((body, function.frame, args.positional if args is not None else ()))
        is_making = body.name == "__init__" and bool(body.parameters)
        made = frame.locals[body.parameters[0].name] if is_making else ()
        in_making = run.progress.in_making
        in_making.extend(made)
        begin(run, frame, body.body)
        grad, run.progress.grad = run.progress.grad, set_for(run, definition)
        try:
            run.block(body.body, frame)
        finally:
            run.progress.grad = grad
            run.calls.stack.pop()
            self._closures.pop()
            run.calls.outermost = outermost
            del in_making[len(in_making) - len(made) :]
            ways = finish(run, frame)
            run.progress.choices = since[0]  # where it ended makes no difference to whoever called it
        if args is not None and not body.is_generator:
            # Whoever called it goes on only where it has returned.
            fewest = min((each.guards for each in ways), default=0)
            run.progress.guards += max(fewest - run.progress.guards, 0)
            run.progress.is_over = not ways
        returned = union(*(self._leaving(values, frame) for values in frame.returned))
        if run.later.mortal and args is not None:
            held = union(*frame.locals.values())
            given = union(*args.each(), (function.bound_self,) if function.bound_self else ())
            gone = tuple(value for value in held if value not in returned and value not in given)
            let_go(run, gone, args.node, frame)
        if body.is_generator and not is_context_manager(definition):
            if frame.is_exact and run.calls.stack:
                return iterator(*frame.returned)
            return (some("iterator", self._one_of_many(returned) if len(frame.returned) > 1 else returned),)
        return returned

    def _hand_on(self, definition: FunctionDefinition, given: Values) -> None:
        """Note what a function that is not followed may do to what it is given."""
        run = self._run
        run.handed_on.update(given)
        give_away(run, given)
        modules = [
            value
            for value in given
            if isinstance(value, ObjectValue) and (value.module_class or is_loop_element(value))
        ]
        for name in run.relevance.set_names(definition) if modules else ():
            for module in modules:
                run.rebind(module, name, (run.element(definition, name, "attribute"),))

    def _all_below(self, values: Values) -> Values:
        """Return every module of a model for the child that a function which calls itself is given."""
        found: list[Value] = []
        for value in values:
            if isinstance(value, ObjectValue) and value.form == "loop" and value.name == CHILDREN:
                value = self._run.element(value.parent or value, ALL_MODULES, "loop")
                self._run.progress.start_loop((value,))
            found.append(value)
        return tuple(found)

    def _one_of_many(self, values: Values) -> Values:
        """Return what a generator with several `yield`s gives: modules of what it was given, in a loop."""
        found: list[Value] = []
        for value in values:
            if isinstance(value, ContainerValue) and value.kind == "tuple":
                items = tuple(map(self._one_of_many, value.items))
                value = pair(*items) if value.is_exact else some("tuple", *items)
            elif isinstance(value, ObjectValue) and not value.origin.is_created and value.form != "loop":
                value = self._run.element(value, ALL_MODULES, "loop")
            found.append(value)
        return tuple(found)

    def _leaving(self, values: Values, frame: Frame) -> Values:
        """Mark inner functions that are returned as made by a factory; a copy handed out is in use."""
        found, run = [], self._run
        for value in values:
            if isinstance(value, FunctionValue) and value.frame is frame:
                function = value.definition.function
                if run.calls.stack or not run.relevance.meets(function, frame.file):
                    run.calls.uncalled.pop(id(function), None)
                value = replace(value, from_factory=True)
            found.append(value)
        return tuple(found)


def define(run: Running, function: ir.Function, frame: Frame) -> FunctionValue:
    """Return a function that is defined in a frame, and remember that nobody has called it yet."""
    value = closure(function, frame)
    run.calls.uncalled[id(function)] = value
    if function.parameters and run.relevance.may_register(function, frame.file):
        run.calls.registering[id(function)] = value
    return value


def is_worth_entering(
    run: Running, definition: FunctionDefinition, given: tuple[Values, ...], own: ObjectValue | None
) -> bool:
    """Return whether a function has to do with hooks, by its text, its object or by what it is given."""
    is_of_file = definition.name == "__getattr__" and definition.owner is None
    if definition.name == "<lambda>" or is_of_file or _is_near_filling(run):
        return True
    is_maker = definition.name == "__init__"
    carries = any(
        _is_followed(run, value) or (is_maker and isinstance(value, (FunctionValue, PartialValue)))
        for values in given
        for value in values
    )
    kept = run.held(own).values() if own is not None and own.module_class is None else ()
    carries = carries or any(isinstance(v, FunctionValue) and _is_followed(run, v) for vs in kept for v in vs)
    cls = own.definition if own is not None and own.definition is not None else definition.owner
    bases = run.project.mro(cls) if cls is not None else ()
    if run.relevance.is_worth_entering(definition, len(run.calls.stack), bases, carries=carries):
        return True
    # What a block's text cannot hold is not looked for in its facts, which cost a parse.
    return run.relevance.may_make_function(definition) and makes_function(definition.function)


def _is_near_filling(run: Running) -> bool:
    """Return whether what runs now was called by what fills a registry, or by what that called."""
    return run.filling.depth is not None and len(run.calls.stack) - run.filling.depth <= _MAX_FILLING_DEPTH


def _is_followed(run: Running, value: Value) -> bool:
    """Whether something can happen to a value that matters to a hook."""
    if isinstance(value, ObjectValue):
        return is_made_module(value) or bool(run.progress.state.of(value).hooks)
    if isinstance(value, ExternalValue):
        return registry.function(value.qualname) is not None
    if isinstance(value, FunctionValue):
        return run.relevance.has_role(value.definition.block_index, value.definition.scope.file)
    return isinstance(value, (ScriptValue, HandleValue))


def closure(function: ir.Function, frame: Frame) -> FunctionValue:
    """Return a function defined in a frame as a closure over it."""
    outer = f"{frame.qualname}.<locals>" if frame.function is not None else frame.file.module
    qualname = f"{outer}.{function.name}"
    return FunctionValue(FunctionDefinition(function.name, frame.scope, qualname, body=function), frame)


def is_static(function: ir.Function) -> bool:
    """Return whether a method is decorated as static."""
    return any(isinstance(found, ir.Name) and found.id == "staticmethod" for found in function.decorators)


# --- parameters ----------------------------------------------------------------------------------------


def bind_parameters(run: Running, function: FunctionValue, args: Arguments | None, frame: Frame) -> None:
    """Let the parameters stand for what is given; without arguments, for unknown objects."""
    body = function.definition.function
    known = args or Arguments(ir.Call(body.at, ir.Name(body.at, body.name), ()), frame, is_open=True)
    for parameter, given in bound(body, _with_self(function, known)):
        values: Values = ()
        match given:
            case Gets(value=values):
                pass
            case Rest(values=rest):
                values = (pair(*rest) if args is not None else some("tuple", *rest),)
            case Keywords(values=named):
                is_exact = args is not None and all(argument.star != "**" for argument in args.node.args)
                values = (ContainerValue("dict", Entries(dict(named.items()), not is_exact)),)
            case Default(expr=default):
                values = run.evaluate(default, function.frame or Frame(function.definition.scope))
        if not values and args is None:
            values = given_by_fixture(run, parameter.name, function.definition)
        frame.locals[parameter.name] = values or (_unknown(run, parameter, frame, function),)


def _with_self(function: FunctionValue, args: Arguments) -> Arguments:
    return args if function.bound_self is None else args.led_by((function.bound_self,))


def _unknown(
    run: Running, parameter: ir.Parameter, frame: Frame, function: FunctionValue
) -> ObjectValue | ScriptValue:
    owner, body = function.definition.owner, function.definition.function
    if owner is not None and parameter is body.parameters[0] and not is_static(body):
        if "classmethod" in function.definition.decorator_names:
            return ObjectValue("self", definition=owner, is_class=True)
        return ObjectValue("self", module_class_of(owner, run.project), owner, is_root_self=True)
    if is_script_annotation(parameter.annotation, frame.scope, run.project):
        said = run.listener.declared(frame.location_at(parameter.at))
        if said is not None:
            return said
    if parameter.annotation is None:
        return ObjectValue("parameter")
    found = run.project.resolve(frame.scope, parameter.annotation)
    definition = found if isinstance(found, ClassDefinition) else None
    return ObjectValue("parameter", module_class_of(found, run.project), definition)
