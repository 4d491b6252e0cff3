"""Calls of functions and classes of the project: arguments become names, and the body runs."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.evaluator.arguments import Default, Gets, Keywords, Rest, Source, bound
from hookproof.evaluator.contents import Entries, Items, Key
from hookproof.evaluator.domain import Access, Arguments, Evaluator, Frame, Value, agreed
from hookproof.evaluator.guard_words import DEFAULT
from hookproof.evaluator.guards import flag, is_getattr
from hookproof.evaluator.made_containers import ContainerValue, new_entries, new_list
from hookproof.evaluator.objects import ObjectValue
from hookproof.evaluator.reach import holds_module
from hookproof.evaluator.state import joined
from hookproof.evaluator.tracked import OF_MODULES, ModuleValue, guarded, lacks
from hookproof.evaluator.values import Const, FunctionValue, TupleValue, in_python
from hookproof.facts.entries import SCRIPT_ATTRIBUTES
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.fields import fields_of, has_fields
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_CONTEXT_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})


def frame_of(function: FunctionValue) -> Frame:
    """Return a frame for a call of a function."""
    definition, node = function.definition, function.definition.function
    scope = Scope(definition.scope.file, (*definition.scope.functions, node))
    return Frame(scope, function.frame, node, definition.owner)


def run_body(run: Evaluator, frame: Frame, function: ir.Function) -> Value | None:
    """Run a function's body in a frame that has its arguments; return what the call gives."""
    ended = run.block(function.body, frame)
    states = [way.state for way in frame.returned] + ([] if ended else [run.state])
    run.state = joined(states) if states else run.state
    if function.is_generator:
        return _generator(run, frame)
    if len(states) == 1:
        # There is no other way out but an error.
        guards = frame.returned[0].guards if frame.returned else frame.ending - frame.guards
        run.guards |= guards & OF_MODULES
    values = [way.value for way in frame.returned]
    # Who uses what is returned as an object is not given None.
    some = [value for value in values if value != Const(None)]
    if len(some) == 1:
        some = [guarded(way.value, way.guards) for way in frame.returned if way.value in some]
    return (
        in_python(agreed(some if any(holds_module(run, value) for value in some) else values))
        if values
        else None
    )


def _generator(run: Evaluator, frame: Frame) -> Value | None:
    values = tuple(in_python(value) for value, _, _ in frame.yielded)
    if len(values) == 1:
        values = (guarded(values[0], frame.yielded[0][2]),)
    if all(is_certain for _, is_certain, _ in frame.yielded):
        return new_list(run, Items(values), "iterator")
    return new_list(run, Items((), True, values), "iterator")


def is_context_manager(definition: FunctionDefinition) -> bool:
    """Return whether a generator is decorated to be a context manager."""
    return not definition.decorator_names.isdisjoint(_CONTEXT_MANAGERS) and definition.function.is_generator


def bind(run: Evaluator, frame: Frame, function: FunctionValue, args: Arguments) -> None:
    """Let the parameters of a function stand for what a call gives; nothing is known of the others."""
    if function.bound is not None:
        args = args.led_by(function.bound)
    for parameter, given in bound(function.definition.function, args):
        value: Value | None = None
        match given:
            case Gets(value=value):
                pass
            case Rest(values=rest):
                value = TupleValue(Items(rest, args.is_open))
            case Keywords(values=named):
                value = new_entries(run, Entries(dict(named.items()), args.is_open))
            case Default(expr=default):
                value = _default(run, function, parameter.name, default)
        run.state.names[frame, parameter.name] = value


def _default(run: Evaluator, function: FunctionValue, name: str, default: ir.Expr) -> Value | None:
    if function.frame is not None:
        return dict(function.defaults).get(name)
    with run.quietly():
        return run.evaluate(default, Frame(function.definition.scope))


def arguments(run: Evaluator, node: ir.Call, frame: Frame) -> Arguments:
    """Evaluate the arguments of a call; those behind an unpacked one that is not known are left out."""
    positional: list[Value | None] = []
    sources: list[Source[Frame]] = []
    named: dict[str, Value | None] = {}
    of_named: dict[str, Source[Frame]] = {}
    is_open = False
    for index, argument in enumerate(node.args):
        if index == 2 and is_getattr(node) and not _is_missing(positional):
            with run.under(DEFAULT):
                value = run.evaluate(argument.value, frame)
        else:
            value = run.evaluate(argument.value, frame)
        if value is None and isinstance(argument.value, ir.Operation):
            value = flag(run, argument.value, frame)
        source = Source(argument.value, frame, bool(argument.star))
        if argument.keyword is not None:
            named[argument.keyword], of_named[argument.keyword] = value, source
        elif not argument.star:
            if not is_open:
                positional.append(value)
                sources.append(source)
        elif argument.star == "*":
            items = None if value is None else value.iterate(run, Access(argument.value, frame))
            items = None if items is None else items.behind(len(positional))
            is_open = is_open or items is None or items.is_open
            positional += items.items if items else ()
            sources += [source] * (len(positional) - len(sources))
        else:
            content = value.entries(run) if isinstance(value, ContainerValue) else None
            is_open = is_open or content is None or content.is_open
            for key, found in content.known.items() if content is not None else ():
                named[str(key)], of_named[str(key)] = found, source
    return Arguments(node, frame, tuple(positional), named, is_open, (*sources, *of_named.values()))


def _is_missing(given: list[Value | None]) -> bool:
    """Return whether the first of these is a module without the attribute that is named, scripted or not."""
    match given:
        case [ModuleValue() as module, Const(value=str(name))]:
            return name not in SCRIPT_ATTRIBUTES and lacks(module, name)
    return False


def construct(run: Evaluator, definition: ClassDefinition, args: Arguments) -> Value | None:
    """Make an object of a class of the project."""
    project = run.project
    values = args.each()
    if run.is_thrifty and not any(holds_module(run, value) for value in values):
        return None
    made = ObjectValue(run.allocate(Entries()), definition)
    init = made.method(project, "__init__")
    if init is not None:
        is_module = run.module_class(definition) is not None
        if not is_module or any(holds_module(run, value) for value in values):
            run.enter(FunctionValue(init, bound=made), args, is_forced=True)
        else:
            run.put(made.ref, Entries({}, is_open=True))
            run.forget(values, is_external=True)
        return made
    if not has_fields(definition, project) or args.is_open:
        return made
    fields = fields_of(definition, project)
    if len(args.positional) > len(fields):
        return None
    known: dict[Key, Value | None] = {}
    for field, given in zip(fields, args.positional, strict=False):
        known[f".{field.name}"] = in_python(given)
    for name, given in args.named.items():
        known[f".{name}"] = in_python(given)
    run.put(made.ref, Entries(known))
    after = made.method(project, "__post_init__")
    if after is not None and any(holds_module(run, value) for value in known.values()):
        run.enter(FunctionValue(after, bound=made), Arguments(args.node, args.frame))
    return made


def with_defaults(run: Evaluator, function: FunctionValue, frame: Frame) -> FunctionValue:
    """Return a function that is written in a frame with what its parameters are by default."""
    defaults = tuple(
        (parameter.name, run.evaluate(parameter.default, frame))
        for parameter in function.definition.function.parameters
        if parameter.default is not None
    )
    return replace(function, defaults=defaults)


def tried(run: Evaluator, function: FunctionValue) -> None:
    """Run the body of a function that nobody calls yet; what it captures is used as if somebody did."""
    inner, state, guards = frame_of(function), run.state, run.guards
    run.state = state.fork()
    parameters = function.definition.function.parameters
    run.state.names.update(((inner, parameter.name), None) for parameter in parameters)
    for name, default in function.defaults:
        run.state.names[inner, name] = None if isinstance(default, Const) else default
    inner.is_tried = True
    run_body(run, inner, function.definition.function)
    run.state, run.guards = state, guards
