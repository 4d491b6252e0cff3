"""Functions that go through what they are given, and what they make of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from msgspec.structs import replace

from hookproof.evaluator.builtin_models import Model, passing
from hookproof.evaluator.contents import Entries, Items
from hookproof.evaluator.domain import Access, Arguments, Evaluator, Given, Value, agreed
from hookproof.evaluator.functions import frame_of
from hookproof.evaluator.getters import GETTERS
from hookproof.evaluator.guard_words import PYTHON
from hookproof.evaluator.guards import read_test
from hookproof.evaluator.iterables import ITERABLES, MAX_COUNTED, Row
from hookproof.evaluator.made_containers import ContainerValue, new_list
from hookproof.evaluator.spelling import spell
from hookproof.evaluator.submodules import Submodules, SubmoduleTable
from hookproof.evaluator.tracked import ModuleValue, guarded
from hookproof.evaluator.values import Const, FunctionValue, TupleValue, in_python
from hookproof.syntax import ir


def _shared(row: Row[Any]) -> Model:
    return lambda run, args: row(run.containers, args)


SHARED: dict[str, Model] = {name: _shared(row) for name, row in (ITERABLES | GETTERS).items()}


def contents_of(run: Evaluator, args: Arguments, skip: int = 0) -> list[Items[Value | None] | None]:
    """Iterate over the arguments behind the first `skip`."""
    return [
        None if value is None else value.iterate(run, Access(source.expr, source.frame))
        for value, source in zip(args.positional[skip:], map(args.source, count(skip)), strict=False)
    ]


def listing(row: Model) -> Model:
    """Return the row of `list` and `tuple`, which know the modules that a module hands out."""

    def model(run: Evaluator, args: Arguments) -> Value | None:
        first = args.value(0)
        if isinstance(first, (Submodules, ModuleValue)):
            return _submodules(run, first, Access(args.expr(0), args.frame))
        return row(run, args)

    return model


def keyed(row: Model) -> Model:
    """Return the row of `sorted`, `min` and `max`, which call their `key` with each."""

    def model(run: Evaluator, args: Arguments) -> Value | None:
        if "key" in args.named and args.positional:
            key = next(given for given in args.given() if given.name == "key")
            _mapped(run, args.first(), key, 0)
        return row(run, args)

    return model


def exhausting(run: Evaluator, args: Arguments) -> Value | None:
    """`any(items)`, `sum(items)`: go through what is given, about which nothing is known afterwards."""
    contents_of(run, args)
    return None


def _submodules(run: Evaluator, value: Submodules | ModuleValue, access: Access) -> Value | None:
    """Return a list of the modules that something hands out."""
    if isinstance(value, ModuleValue):
        if value.iterate(run, access) is None:
            return None
        return Submodules(value.under("original"), "modules", run.allocate(0))
    taken = run.state.heap.get(value.ref)
    return replace(value, ref=run.allocate(taken), is_iterator=False) if isinstance(taken, int) else None


def iter_row(run: Evaluator, args: Arguments) -> Value | None:
    """`iter(items)`."""
    first = args.value(0)
    if isinstance(first, (Submodules, ModuleValue)) and len(args.positional) == 1:
        found = _submodules(run, first, Access(args.expr(0), args.frame))
        if isinstance(first, Submodules) and first.is_iterator:
            return first
        return replace(found, is_iterator=True) if isinstance(found, Submodules) else None
    if isinstance(first, ContainerValue) and first.kind == "iterator":
        return first
    content = contents_of(run, args)
    return new_list(run, content[0], "iterator") if len(content) == 1 else None


def next_row(run: Evaluator, args: Arguments) -> Value | None:
    """`next(iterator)`."""
    first = args.value(0)
    run.passed_on(args)
    if isinstance(first, (Submodules, ContainerValue)):
        return first.advance(run)
    return None


def dict_row(run: Evaluator, args: Arguments) -> Value | None:
    """Carry out `dict(…)`."""
    first = args.value(0)
    if isinstance(first, Submodules) and first.shape == "pairs" and len(args.each()) == 1:
        is_whole = run.state.heap.get(first.ref) == 0
        return SubmoduleTable(first.module, run.allocate(Entries()), first.is_deep) if is_whole else None
    return SHARED["builtins.dict"](run, args)


def _called_with(
    run: Evaluator, args: Arguments, function: Given, row: Sequence[Value | None], exprs: list[ir.Expr]
) -> Value | None:
    """Call a function that a builtin is given; compiled code knows no such builtin."""
    node = ir.Call(args.node.at, function.source.expr, tuple(map(ir.Argument, exprs)))
    given = Arguments(node, args.frame).only(*map(in_python, row), exprs=tuple(exprs))
    with run.under(PYTHON):
        return in_python(run.call(function.value, given))


def _spelled(args: Arguments, expr: ir.Expr, position: int) -> ir.Expr:
    """Return an expression, at the call, for one of what an iterable gives: itself where it is written."""
    if isinstance(expr, ir.Sequence) and position < len(expr.items):
        return ir.Name(args.node.at, spell(expr.items[position]))
    return ir.Name(args.node.at, f"{spell(expr)}[...]")


def _mapped(run: Evaluator, args: Arguments, function: Given, skip: int) -> Items[Value | None] | None:
    """Call a function with each of what the arguments behind the first `skip` give."""
    given = [args.expr(position) for position in range(skip, len(args.positional))]
    contents = [None if content is None else content for content in contents_of(run, args, skip)]
    if not contents or args.is_open:
        return None
    if all(content is not None and not content.is_open for content in contents):
        rows = list(zip(*(content.items for content in contents if content is not None), strict=False))
        is_exact = len(rows) <= MAX_COUNTED
    else:
        rows, is_exact = [], False
    if not is_exact:
        rows = [tuple(None if content is None else agreed(content.groups) for content in contents)]
    found = []
    for position, row in enumerate(rows):
        exprs = [_spelled(args, expr, position) for expr in given]
        found.append(_called_with(run, args, function, row, exprs))
    return Items(tuple(found)) if is_exact else Items((), True, (found[0],))


def _function(args: Arguments) -> Given:
    return next(args.given())


def map_row(run: Evaluator, args: Arguments) -> Value | None:
    """`map(function, …)`."""
    if len(args.positional) < 2:
        return passing(run, args)
    return new_list(run, _mapped(run, args, _function(args), 1), "iterator")


def starmap_row(run: Evaluator, args: Arguments) -> Value | None:
    """`starmap(function, rows)`."""
    contents, found = contents_of(run, args, 1), list[Value | None]()
    content = contents[0] if contents else None
    for row in content.items if content is not None and not content.is_open else ():
        items = row.content.items if isinstance(row, TupleValue) and not row.content.is_open else ()
        found.append(_called_with(run, args, _function(args), items, [args.expr(1)] * len(items)))
    is_known = content is not None and not content.is_open
    return new_list(run, Items(tuple(found)), "iterator") if is_known else None


def filter_row(run: Evaluator, args: Arguments) -> Value | None:
    """`filter(function, items)`."""
    if len(args.positional) != 2:
        return passing(run, args)
    function = _function(args)
    if not (isinstance(function.value, Const) and function.value.value is None):
        _mapped(run, args, function, 1)
    content = (contents_of(run, args, 1) or [None])[0]
    if content is None:
        return None
    one = agreed(content.groups)
    some = guarded(in_python(one), _passing_guards(run, function.value, one))
    return new_list(run, Items((), True, (some,)), "iterator")


def _passing_guards(run: Evaluator, function: Value | None, value: Value | None) -> frozenset[str]:
    """Return what a function that decides by one expression says of what it lets pass."""
    body = function.definition.function.body if isinstance(function, FunctionValue) else ()
    parameters = function.definition.function.parameters if isinstance(function, FunctionValue) else ()
    last = body[0] if len(body) == 1 else None
    if not isinstance(function, FunctionValue) or not isinstance(last, ir.Return) or not parameters:
        return frozenset()
    frame = frame_of(function)
    run.state.names[frame, parameters[0].name] = value
    return frozenset() if last.value is None else read_test(run, last.value, frame, None).yes


def reduce_row(run: Evaluator, args: Arguments) -> Value | None:
    """`functools.reduce(function, items, initial)`."""
    run.passed_on(args)
    content = (contents_of(run, args.dropping().first()) or [None])[0]
    items = list(content.items) if content is not None and not content.is_open else []
    if len(args.positional) > 2:
        items.insert(0, args.value(2))
    if content is None or content.is_open or not items or len(items) > MAX_COUNTED:
        return None
    found = in_python(items[0])
    for item in items[1:]:
        name = ir.Name(args.node.at, f"{spell(args.expr(1))}[...]")
        found = _called_with(run, args, _function(args), (found, item), [name, name])
    return found


def lazily(row: Model) -> Model:
    """Return the row of a function whose iterator goes through its arguments when it is asked to."""

    def model(run: Evaluator, args: Arguments) -> Value | None:
        return run.derive(row(run, args), args.positional)

    return model
