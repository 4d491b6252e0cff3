"""What names outside of a hook stand for: constants, decorated functions, and the ways to all else."""

from __future__ import annotations

from hookproof.evaluator.contents import Entries, Items
from hookproof.evaluator.domain import Arguments, Evaluator, Frame, Value
from hookproof.evaluator.functions import arguments
from hookproof.evaluator.made_containers import new_entries
from hookproof.evaluator.objects import ClassValue, Outside, plain_value
from hookproof.evaluator.values import Const, FunctionValue, TupleValue
from hookproof.semantic.definitions import Definition, External, FunctionDefinition, ValueDefinition
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_CONSTANT_CALLS = frozenset({"operator.attrgetter", "operator.itemgetter", "operator.methodcaller"})


def value_of(run: Evaluator, definition: Definition | None) -> Value | None:
    """Return the value of what a name stands for: of what is not a constant, the way to it."""
    if isinstance(definition, FunctionDefinition):
        return decorated(run, FunctionValue(definition), definition.decorators, Frame(definition.scope))
    if not isinstance(definition, ValueDefinition):
        return plain_value(definition)
    expr = definition.value
    if expr is None or id(expr) in run.evaluating:
        return None
    run.evaluating.add(id(expr))
    with run.quietly():
        found = _constant(run, expr, definition.scope)
    run.evaluating.discard(id(expr))
    name = definition.name or str(getattr(expr, "at", 0))
    return Outside((definition.scope.file.path, name)) if found is None else found


def _constant(run: Evaluator, expr: ir.Expr, scope: Scope) -> Value | None:
    """Return what an expression outside the hook stands for if nobody can have changed it."""
    match expr:
        case ir.Constant(kind="str", value=str(text)):
            return Const(text)
        case ir.Sequence(items=items):
            texts = tuple(_constant(run, item, scope) for item in items)
            is_known = all(isinstance(text, Const) for text in texts)
            return TupleValue(Items(texts)) if texts and is_known else None
        case ir.Lambda(function=function):
            inner = FunctionDefinition("<lambda>", scope, "<lambda>", body=function)
            return FunctionValue(inner)
        case ir.Mapping(keys=keys, values=values):
            return _table(run, keys, values, scope)
        case ir.Call(func=func):
            maker = run.project.resolve(scope, func)
            is_plain = isinstance(maker, External) and maker.qualname in _CONSTANT_CALLS
            return run.evaluate(expr, Frame(scope)) if is_plain else None
    return None


def _table(
    run: Evaluator, keys: tuple[ir.Expr | None, ...], values: tuple[ir.Expr, ...], scope: Scope
) -> Value | None:
    """Return a dict of functions outside the hook, to which others may be added."""
    known = {}
    for key, value in zip(keys, values, strict=True):
        found = run.project.resolve(scope, value)
        if isinstance(key, ir.Constant) and isinstance(found, FunctionDefinition):
            known[key.value] = FunctionValue(found)
    return new_entries(run, Entries({**known}, is_open=True)) if known else None


def decorated(run: Evaluator, function: Value, decorators: tuple[ir.Expr, ...], frame: Frame) -> Value | None:
    """Return a function as the decorators leave it that the project defines."""
    found: Value | None = function
    for decorator in reversed(decorators) if not run.is_thrifty else ():
        if id(decorator) in run.evaluating:
            continue
        run.evaluating.add(id(decorator))
        with run.quietly():
            maker = _decorator(run, decorator, frame)
            call = ir.Call(decorator.at, decorator, ())
            given = Arguments(call, frame).only(found, exprs=(decorator,))
            if isinstance(maker, FunctionValue):
                found = run.enter(maker, given, is_forced=True)
            elif isinstance(maker, ClassValue):
                found = run.construct(maker.definition, given)
        run.evaluating.discard(id(decorator))
    return found


def _decorator(run: Evaluator, decorator: ir.Expr, frame: Frame) -> Value | None:
    """Return what a decorator is, also one that a call makes."""
    if not isinstance(decorator, ir.Call):
        return run.evaluate(decorator, frame)
    maker = run.evaluate(decorator.func, frame)
    if not isinstance(maker, FunctionValue):
        return None
    return run.enter(maker, arguments(run, decorator, frame), is_forced=True)
