"""Pools and stacks: methods to which a call is handed over, to be made elsewhere or later."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from hookproof.facts.library import PROCESS_POOLS, STACKS, THREAD_POOLS
from hookproof.interpreter.domain import Arguments, MethodValue, Values, only, union
from hookproof.interpreter.models.builtin_calls import mapped
from hookproof.interpreter.models.processes import is_nameless, send
from hookproof.interpreter.models.rows import Method, lose_removals
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import CallableValue, ConstantValue, exact_items, iterator, some_of
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import HandleValue
from hookproof.semantic.definitions import FunctionDefinition

# --- pools ---------------------------------------------------------------------------------------------


def _is_here(run: Running, pool: ObjectValue) -> bool | None:
    """Return whether a pool calls functions in this process; None for what is no pool."""
    maker = run.later.made_by.get(pool)
    return True if maker in THREAD_POOLS else False if maker in PROCESS_POOLS else None


def _in_executor(run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    """`loop.run_in_executor(pool, function, …)`; without a pool it is one of threads."""
    if len(args.positional) < 2:
        return None
    pool = only(args.positional[0])
    is_here = isinstance(pool, ConstantValue) or (isinstance(pool, ObjectValue) and bool(_is_here(run, pool)))
    if not is_here:
        _hand(run, "submit", args.positional[1], args.dropping(2).each(), args)
    return _called(run, is_here, args.positional[1], args.dropping(2))


def _submit(run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    is_here = _is_here(run, owner)
    if is_here is None or not args.positional:
        return None
    if not is_here:
        _hand(run, "submit", args.positional[0], args.dropping().each(), args)
    return _future(run, _called(run, is_here, args.positional[0], args.dropping()))


def _map(
    name: str, run: Running, owner: ObjectValue, args: Arguments, *, is_spread: bool = False
) -> Values | None:
    """Carry out `pool.map(function, elements)` and its like; one that `is_spread` gives each as arguments."""
    is_here = _is_here(run, owner)
    if is_here is None or len(args.positional) < 2:
        return None
    functions, *columns = args.positional
    if not is_here:
        _hand(run, name, functions, columns, args, owner)
    if is_spread:
        columns = _columns(run, columns[0])
    state = run.progress.state
    run.progress.state = state if is_here else state.fork()
    found = mapped(run, functions, columns, args)
    if is_here:
        return found
    run.progress.state = state
    return some_of(())


def _columns(run: Running, rows: Values) -> list[Values]:
    """Return what stands at each position of some tuples, nothing where that is not known."""
    known = [
        exact_items(run, row) for row in exact_items(run, rows) or ((value,) for value in run.elements(rows))
    ]
    found = [items for items in known if items is not None]
    return [iterator(*column) for column in zip(*found, strict=False)] if len(found) == len(known) else [()]


def applied(is_future: bool, run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    """Carry out `pool.apply(function, args)`, or that which gives a future."""
    is_here = _is_here(run, owner)
    if is_here is None or not args.positional:
        return None
    if not is_here:
        given_along = (args.value(1, "args"), args.value(2, "kwds"))
        _hand(run, "apply_async" if is_future else "apply", args.positional[0], given_along, args)
    given = exact_items(run, args.value(1, "args")) or ()
    found = _called(run, is_here, args.positional[0], args.only(*given))
    return _future(run, found) if is_future else found


def _hand(
    run: Running,
    name: str,
    functions: Values,
    given: Iterable[Values],
    args: Arguments,
    pool: ObjectValue | None = None,
) -> None:
    """Tell that a function and what it is given are pickled for a process of a pool."""
    is_executor = name == "submit" or (pool is not None and "Executor" in run.later.made_by.get(pool, ""))
    owner = "concurrent.futures.ProcessPoolExecutor" if is_executor else "multiprocessing.Pool"
    if not is_nameless(functions):
        send(run, f"{owner}.{name}", union(functions, *given), args)


def _called(run: Running, is_here: bool, functions: Values, args: Arguments) -> Values:
    """Call functions; what they do in another process is not seen by what runs after them here."""
    if is_here:
        return run.call(functions, args)
    state = run.progress.state
    run.progress.state = state.fork()
    run.call(functions, args)
    run.progress.state = state
    return ()


def _future(run: Running, found: Values) -> Values:
    future = ObjectValue("call", is_created=True)
    for name in ("result", "get"):
        run.keep(future, name, (CallableValue(lambda _: found),))
    return (future,)


# --- stacks of callbacks -------------------------------------------------------------------------------


def open_stacks(run: Running, values: Values) -> None:
    """Remember the stacks among the values that a `with` statement enters."""
    for value in values:
        if isinstance(value, ObjectValue) and run.later.made_by.get(value) in STACKS:
            run.later.stacks[value] = []


def unwind(run: Running, values: Values) -> None:
    """Make the calls that wait in the stacks among these values."""
    for value in values:
        waiting = run.later.stacks.get(value, []) if isinstance(value, ObjectValue) else []
        while waiting:
            functions, args = waiting.pop()
            run.call(functions, args)


def _close(run: Running, owner: ObjectValue, args: Arguments) -> None:
    unwind(run, (owner,))


def _pop_all(run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    if owner not in run.later.stacks:
        return None
    made = run.element(owner, f"pop_all(){args.node.at}", "call")
    run.later.stacks[made], run.later.stacks[owner] = run.later.stacks[owner], []
    return (made,)


def _lost(run: Running, given: Values) -> Values:
    """Give a callback to a stack that nobody is known to unwind."""
    for value in given:
        if isinstance(value, HandleValue):
            run.progress.lose(value)
    lose_removals(run, given)
    return given


def _callback(run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    """`stack.callback(function, …)`."""
    waiting = run.later.stacks.get(owner)
    if not args.positional:
        return None
    if waiting is None:
        return _lost(run, args.positional[0])
    waiting.append((args.positional[0], args.dropping()))
    return args.positional[0]


def _stacked(is_entered: bool, run: Running, owner: ObjectValue, args: Arguments) -> Values | None:
    """`stack.enter_context(manager)`, or `stack.push`, which only leaves it."""
    waiting = run.later.stacks.get(owner)
    if not args.positional:
        return None
    if waiting is None:
        return _lost(run, args.positional[0])
    nothing, entered = args.only(), list[Values]()
    for value in args.positional[0]:
        if isinstance(value, HandleValue):
            waiting.append(((MethodValue(value, "remove", args.location),), nothing))
        elif isinstance(value, ObjectValue) and value.definition is not None:
            if is_entered:
                entered.append(value.special(run, "__enter__", nothing) or ())
            leave = run.project.member(value.definition, "__exit__")
            if isinstance(leave, FunctionDefinition):
                waiting.append(((FunctionValue(leave, bound_self=value),), nothing))
    for live in run.later.left_behind.pop(args.node.at, ()):
        waiting.append(((MethodValue(HandleValue(live), "remove", args.location),), nothing))
    return union(*entered) or args.positional[0]


HANDING_OVER: dict[str, Method[ObjectValue]] = {
    "aclose": _close,
    "apply_async": partial(applied, True),
    "callback": _callback,
    "close": _close,
    "enter_async_context": partial(_stacked, True),
    "enter_context": partial(_stacked, True),
    **{name: partial(_map, name) for name in ("imap", "imap_unordered", "map", "map_async")},
    "pop_all": _pop_all,
    "push": partial(_stacked, False),
    "push_async_callback": _callback,
    "push_async_exit": partial(_stacked, False),
    "run_in_executor": _in_executor,
    **{name: partial(_map, name, is_spread=True) for name in ("starmap", "starmap_async")},
    "submit": _submit,
}
