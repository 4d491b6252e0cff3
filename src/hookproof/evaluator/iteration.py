"""Functions that go through what they are given, and what they make of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from msgspec.structs import replace

from hookproof.evaluator.builtin_models import PYTHON, Model, passing
from hookproof.evaluator.dicts import entries_of, new_dict
from hookproof.evaluator.domain import Access, Arguments, Entries, Evaluator, Given, Items, Value
from hookproof.evaluator.functions import frame_of
from hookproof.evaluator.guards import read_test
from hookproof.evaluator.lists import Kind, ListValue, new_list
from hookproof.evaluator.spelling import spell
from hookproof.evaluator.submodules import Submodules, SubmoduleTable
from hookproof.evaluator.tracked import MembersValue, ModuleValue, guarded
from hookproof.evaluator.values import Const, FunctionValue, TupleValue, in_python, in_python_items, pair
from hookproof.syntax import ir

_MAX_RANGE = 8


def contents_of(run: Evaluator, args: Arguments, skip: int = 0) -> list[Items | None]:
    """Iterate over the arguments behind the first `skip`."""
    return [
        None if value is None else value.iterate(run, Access(source.expr, source.frame))
        for value, source in zip(args.positional[skip:], map(args.source, count(skip)), strict=False)
    ]


def collecting_row(kind: str) -> Model:
    """Return the row of `list`, `tuple`, `sorted` and their like."""

    def model(run: Evaluator, args: Arguments) -> Value | None:
        first = args.value(0)
        if not args.positional and not args.is_open:
            return TupleValue(Items()) if kind == "tuple" else new_list(run, Items(), _kind(kind))
        if isinstance(first, (MembersValue,)):
            first.iterate(run, Access(args.expr(0), args.frame))
            return None
        if kind in {"list", "tuple"} and isinstance(first, (Submodules, ModuleValue)):
            return _submodules(run, first, Access(args.expr(0), args.frame))
        content = contents_of(run, args)[0] if args.positional else None
        if kind in {"sum", "any", "all"} or content is None:
            return None
        if kind in {"sorted", "set", "frozenset"}:
            _keyed(run, args)
            one = content if len(content.items) == 1 and not content.is_open else None
            content = one or Items((), True, in_python(content.any()))
        return TupleValue(content) if kind == "tuple" else new_list(run, content, _kind(kind))

    return model


def _kind(name: str) -> Kind:
    return "set" if name in {"set", "frozenset"} else "list"


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
    if isinstance(first, ListValue) and first.kind == "iterator":
        return first
    content = contents_of(run, args)
    return new_list(run, content[0], "iterator") if len(content) == 1 else None


def next_row(run: Evaluator, args: Arguments) -> Value | None:
    """`next(iterator)`."""
    first = args.value(0)
    run.passed_on(args)
    if isinstance(first, (Submodules, ListValue)):
        return first.advance(run)
    return None


def dict_row(run: Evaluator, args: Arguments) -> Value | None:
    """Carry out `dict(…)`."""
    first = args.value(0)
    if isinstance(first, Submodules) and first.shape == "pairs" and len(args.each()) == 1:
        is_whole = run.state.heap.get(first.ref) == 0
        return SubmoduleTable(first.module, run.allocate(Entries()), first.is_deep) if is_whole else None
    if isinstance(first, (ModuleValue, MembersValue)):
        first.iterate(run, Access(args.expr(0), args.frame))
        return None
    pairs: list[tuple[Value | None, Value | None]] = [
        (Const(name), given) for name, given in args.named.items()
    ]
    if args.is_open:
        return None
    if not args.positional:
        return new_dict(run, pairs)
    entries = entries_of(run, first, Access(args.expr(0), args.frame))
    if entries is None:
        return None
    return new_dict(run, [*((Const(key), value) for key, value in entries.known.items()), *pairs])


def enumerate_row(run: Evaluator, args: Arguments) -> Value | None:
    """`enumerate(items)`."""
    content = (contents_of(run, args.first()) or [None])[0]
    if content is None:
        return None
    items = tuple(pair(None, item) for item in content.items)
    return new_list(run, Items(items, content.is_open, pair(None, content.each)), "iterator")


def zip_row(run: Evaluator, args: Arguments) -> Value | None:
    """`zip(…)`."""
    columns = contents_of(run, args)
    if args.is_open:
        return None
    sure = [column for column in columns if column is not None and not column.is_open]
    length = min((len(column.items) for column in sure), default=0)
    rows = tuple(
        TupleValue(Items(tuple(None if column is None else column.at(row) for column in columns)))
        for row in range(length)
    )
    if len(sure) == len(columns):
        return new_list(run, Items(rows), "iterator")
    each = TupleValue(Items(tuple(None if column is None else column.any() for column in columns)))
    return new_list(run, Items(rows, True, each) if rows else Items((), True, each), "iterator")


def reversed_row(run: Evaluator, args: Arguments) -> Value | None:
    """`reversed(items)`."""
    content = (contents_of(run, args) or [None])[0]
    if content is None:
        return None
    found = Items((), True, content.any()) if content.is_open else Items(content.items[::-1])
    return new_list(run, found, "iterator")


def range_row(run: Evaluator, args: Arguments) -> Value | None:
    """`range(…)`, of which the numbers do not matter."""
    run.passed_on(args)
    bounds = [value.value for value in args.positional if isinstance(value, Const)]
    if args.is_open or not bounds or len(bounds) < len(args.positional) or len(bounds) > 3:
        return None
    numbers = [bound for bound in bounds if isinstance(bound, int)]
    if len(numbers) < len(bounds) or (len(numbers) == 3 and numbers[2] == 0):
        return None
    length = len(range(*numbers))
    return TupleValue(Items((None,) * length)) if 0 < length <= _MAX_RANGE else None


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


def _mapped(run: Evaluator, args: Arguments, function: Given, skip: int) -> Items | None:
    """Call a function with each of what the arguments behind the first `skip` give."""
    given = [args.expr(position) for position in range(skip, len(args.positional))]
    contents = [None if content is None else content for content in contents_of(run, args, skip)]
    if not contents or args.is_open:
        return None
    if all(content is not None and not content.is_open for content in contents):
        rows = list(zip(*(content.items for content in contents if content is not None), strict=False))
        is_exact = len(rows) <= _MAX_RANGE
    else:
        rows, is_exact = [], False
    if not is_exact:
        rows = [tuple(None if content is None else content.any() for content in contents)]
    found = []
    for position, row in enumerate(rows):
        exprs = [_spelled(args, expr, position) for expr in given]
        found.append(_called_with(run, args, function, row, exprs))
    return Items(tuple(found)) if is_exact else Items((), True, found[0])


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
    some = guarded(in_python(content.any()), _passing_guards(run, function.value, content.any()))
    return new_list(run, Items((), True, some), "iterator")


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


def _keyed(run: Evaluator, args: Arguments) -> None:
    """Call the `key` of `sorted`, `min` and `max` with each."""
    if "key" in args.named and args.positional:
        key = next(given for given in args.given() if given.name == "key")
        _mapped(run, args.first(), key, 0)


def chosen_row(run: Evaluator, args: Arguments) -> Value | None:
    """`min(modules, key=f)`: one of them."""
    _keyed(run, args)
    if len(args.positional) != 1:
        run.passed_on(args)
        return None
    content = contents_of(run, args)[0]
    return None if content is None else in_python(content.any())


def chain_row(run: Evaluator, args: Arguments) -> Value | None:
    """`chain(…)`."""
    contents = [content for content in contents_of(run, args) if content is not None]
    if args.is_open or len(contents) < len(args.positional):
        return None
    items: list[Value | None] = []
    for content in contents:
        items += content.items
        if content.is_open:
            return new_list(run, in_python_items(Items(tuple(items), True)), "iterator")
    return new_list(run, in_python_items(Items(tuple(items))), "iterator")


def chained_row(run: Evaluator, args: Arguments) -> Value | None:
    """`chain.from_iterable(groups)`."""
    content = (contents_of(run, args) or [None])[0]
    if content is None or content.is_open:
        return None
    return chain_row(run, args.only(*content.items))


def sliced_row(run: Evaluator, args: Arguments) -> Value | None:
    """`islice(items, stop)`."""
    content, stop = contents_of(run, args.first()), args.value(1)
    if not content or content[0] is None or len(args.positional) != 2:
        return None
    if not isinstance(stop, Const) or not isinstance(stop.value, int) or stop.value > len(content[0].items):
        return new_list(run, Items((), True, in_python(content[0].any())), "iterator")
    return new_list(run, in_python_items(Items(content[0].items[: stop.value])), "iterator")


def repeat_row(run: Evaluator, args: Arguments) -> Value | None:
    """`repeat(value)`."""
    run.passed_on(args)
    return new_list(run, Items((), True, in_python(args.value(0))), "iterator")


def reduce_row(run: Evaluator, args: Arguments) -> Value | None:
    """`functools.reduce(function, items, initial)`."""
    run.passed_on(args)
    content = (contents_of(run, args.dropping().first()) or [None])[0]
    items = list(content.items) if content is not None and not content.is_open else []
    if len(args.positional) > 2:
        items.insert(0, args.value(2))
    if content is None or content.is_open or not items or len(items) > _MAX_RANGE:
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
