"""Uses of a module, written down: where, how, under which guards, and by way of which helpers."""

from __future__ import annotations

from hookproof.evaluator.domain import Access, Arguments, Evaluator, Tracked, Value
from hookproof.evaluator.guard_words import protects_python
from hookproof.evaluator.guards import missing
from hookproof.evaluator.made_containers import ContainerValue
from hookproof.evaluator.spelling import receiver_of, spelled_use
from hookproof.evaluator.tracked import ModuleValue
from hookproof.evaluator.use import Use
from hookproof.evaluator.values import TupleValue
from hookproof.facts.types import TorchType
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type


def passed_on(run: Evaluator, args: Arguments, function: FunctionDefinition | None = None) -> None:
    """Record the modules that a call is given; a function's name, where it does not take just any."""
    position = 0
    for given in args.given():
        source = given.source
        if source.is_spread or source.frame is not args.frame:
            continue
        if given.value is not None:
            given.value.passed_on(run, given, args)
        target = _plain(run, function, position, given.name)
        inner = given.value if isinstance(given.value, ModuleValue) else None
        if inner is None and target is not None:
            # Whatever else the container holds, the function takes none.
            found = _first_module(run, given.value)
            inner = None if found is None else ModuleValue(found.path, found.owner)
        if inner is not None:
            access = Access(source.expr, source.frame, "passed on", "argument", args.node)
            run.record(inner, access, target=target)
        position += 1


def _plain(
    run: Evaluator, function: FunctionDefinition | None, position: int, keyword: str | None
) -> str | None:
    """Return the name of a function that does not take just anything there, in compiled code."""
    if function is None or function.decorators:
        return None
    parameters = function.function.parameters
    named = [p for p in parameters if p.name == keyword] if keyword else parameters[position:]
    annotation = named[0].annotation if named else None
    known = annotation_type(annotation, function.scope, run.project).name if annotation else None
    return None if "Any" in (known or "") else function.qualname


def _first_module(run: Evaluator, value: Value | None) -> ModuleValue | None:
    """Return the first module in a tuple, list or dict, which may have itself inside."""
    pending, seen = [value], list[Value]()
    while pending:
        found = pending.pop(0)
        if isinstance(found, ModuleValue):
            return found
        if isinstance(found, (TupleValue, ContainerValue)) and found not in seen:
            seen.append(found)
            pending = [*found.parts(run), *pending]
    return None


def use_of(
    run: Evaluator,
    module: Tracked,
    access: Access,
    name: str | None = None,
    *,
    value: ir.Expr | None = None,
    type: TorchType | None = None,
    operator: str = "",
    target: str | None = None,
) -> Use | None:
    """Return one use of `module`, or of its attribute `name`; None for what nobody else sees."""
    if not isinstance(module, ModuleValue):
        return None
    if "copy" in module.guards and access.use != "read":
        return None
    guards = run.guards | module.guards
    if access.use == "write" and name is not None and missing(module.path, name) in guards:
        guards -= {"not hasattr"}
    return Use(
        kind=access.use,
        operation=access.operation,
        location=Location(access.frame.scope.file, access.node.at),
        scope=access.frame.scope,
        text=spelled_use(access.node, access.operation),
        path=module.path,
        name=name,
        owner=module.owner,
        node=access.node,
        call=access.call,
        value=value,
        value_type=type,
        is_augmented=bool(operator),
        operator=operator,
        is_eager_only="eager" in guards,
        is_guarded=protects_python(guards),
        helpers=run.helpers,
        guards=guards,
        receiver=receiver_of(access.node, name),
        target=target,
        kept=module.kept,
    )
