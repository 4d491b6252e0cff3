"""Other processes: what is handed to one is pickled on the way, unless it starts as a copy of this one.

Pools, executors, queues and pipes pickle always, a new process only where its start method is `spawn` or
`forkserver` (measured on Python 3.11). Which of the methods is the default depends on the system and on the
version of Python: nothing is said of it unless the program sets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from hookproof.facts.library import PROCESS_POOLS, PROCESS_QUEUES
from hookproof.interpreter.domain import Arguments, Value, Values, only, union
from hookproof.interpreter.listener import Entering
from hookproof.interpreter.models.rows import Method, Model, hand_out
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import (
    CallableValue,
    ConstantValue,
    ExternalValue,
    PartialValue,
    literal_of,
    pair,
    text_of,
)
from hookproof.interpreter.running import Running
from hookproof.semantic.definitions import External
from hookproof.worlds import registry

_LIBRARIES = ("multiprocessing", "torch.multiprocessing")
# Start methods that make a process with nothing of this one in it.
_ANEW = frozenset({"spawn", "forkserver"})
_METHOD = "start method"
_CLASSES = {
    "multiprocessing.Process": None,
    "multiprocessing.context.ForkServerProcess": "forkserver",
    "multiprocessing.context.Process": None,
    "multiprocessing.context.SpawnProcess": "spawn",
    "multiprocessing.process.BaseProcess": None,
    "torch.multiprocessing.Process": None,
}
_OTHER = ExternalValue("")  # a start method that is not known
_OF_WORKERS = ("sampler", "batch_sampler", "collate_fn", "worker_init_fn")
_PIPE = "multiprocessing.Pipe"

_Methods: TypeAlias = Callable[[], Values]


def send(run: Running, api: str, given: Values, args: Arguments, *, is_sure: bool = True) -> None:
    """Tell the world of pickling that these are pickled by a function of this name."""
    entry, handed = registry.function(api), tuple(dict.fromkeys(_pickled(run, given)))
    if entry is None or not handed:
        return
    run.progress.choices += not is_sure
    call = Entering(*entry, handed, args.positional, args.named, args.node, args.location)
    run.listener.entered(call)
    run.progress.choices -= not is_sure


def _pickled(run: Running, given: Values) -> Iterator[Value]:
    """Yield the objects and containers that are pickled, those that functions bring along among them."""
    for value in given:
        if isinstance(value, FunctionValue):
            if value.bound_self is not None:
                yield value.bound_self
        elif isinstance(value, PartialValue):
            for values in (value.function, *value.given.each()):
                yield from _pickled(run, values)
        else:
            yield value


def is_nameless(values: Values) -> bool:
    """Whether a function can't be pickled itself, whatever it is given."""
    value = only(values)
    if isinstance(value, PartialValue):
        return is_nameless(value.function)
    if not isinstance(value, FunctionValue) or value.bound_self is not None:
        return False
    return value.is_lambda or len(value.definition.scope.functions) > 0


# --- start methods -------------------------------------------------------------------------------------


def _default(run: Running) -> ObjectValue:
    return run.element(ExternalValue("multiprocessing"), _METHOD, "global")


def _default_methods(run: Running) -> Values:
    """Return what the program has set as start method, nothing where it has set none."""
    known = run.progress.state.of(_default(run))
    found = known.attributes.get(_METHOD, ())
    return (*found, _OTHER) if _METHOD in known.perhaps else found


def _set_method(run: Running, args: Arguments) -> Values:
    """`set_start_method(method)`."""
    run.keep(_default(run), _METHOD, args.value(0, "method"))
    return ()


def _is_anew(methods: Values) -> bool | None:
    """Return whether a process is made with nothing of this one in it, None where that is open.

    Who chooses between `fork` and another has a system in mind, and each has what suits it.
    """
    names = {literal_of((value,)) for value in methods}
    if names.isdisjoint(_ANEW) or "fork" in names:
        return False
    return True if names <= _ANEW else None


def _of_context(run: Running, given: Values) -> _Methods:
    """Return the start methods of what is given as a context: its name, or the context itself."""
    context = only(given)
    if isinstance(context, ObjectValue) and _METHOD in run.held(context):
        return lambda: run.held(context).get(_METHOD, ())
    if given and literal_of(given) is None:
        return lambda: tuple(value for value in given if isinstance(value, ConstantValue))
    return (lambda: given) if given and text_of(given) else partial(_default_methods, run)


def _context(run: Running, args: Arguments) -> Values:
    """`multiprocessing.get_context(method)`."""
    methods = _of_context(run, args.value(0, "method"))
    made = ObjectValue("call", is_created=True)
    run.keep(made, _METHOD, methods())
    run.keep(made, "Process", (CallableValue(lambda given: _process(methods, run, given)),))
    run.keep(made, "Pool", (CallableValue(lambda given: _pool_of(methods, run, given)),))
    run.keep(made, "Pipe", (CallableValue(lambda given: _pipe(run, given)),))
    for name in ("Queue", "JoinableQueue", "SimpleQueue"):
        making = partial(run.call_external, f"multiprocessing.{name}")
        run.keep(made, name, (CallableValue(making),))
    return (made,)


# --- processes -----------------------------------------------------------------------------------------


def _process(methods: _Methods, run: Running, args: Arguments) -> Values:
    """`Process(target=function, args=(…))`, which is pickled when it starts."""
    made = ObjectValue("call", is_created=True)
    target = args.value(1, "target")
    given = union(target, args.value(3, "args"), args.value(4, "kwargs"))
    hand_out(run, args)

    def start(call: Arguments) -> Values:
        is_anew = False if is_nameless(target) else _is_anew(methods())
        if is_anew is not False:
            send(run, "multiprocessing.Process.start", given, call, is_sure=bool(is_anew))
        return ()

    run.keep(made, "start", (CallableValue(start),))
    return (made,)


def _process_of_default(run: Running, args: Arguments) -> Values:
    return _process(partial(_default_methods, run), run, args)


def _started(run: Running, owner: ObjectValue, args: Arguments) -> None:
    """`process.start()` of a class of the project that derives from `Process`."""
    bases = run.project.mro(owner.definition) if owner.definition is not None else ()
    names = [base.qualname for base in bases if isinstance(base, External) and base.qualname in _CLASSES]
    if names:
        method = _CLASSES[names[0]]
        is_anew = _is_anew((ConstantValue(method),) if method is not None else _default_methods(run))
        if is_anew is not False:
            send(run, "multiprocessing.Process.start", (owner,), args, is_sure=bool(is_anew))


def _started_together(run: Running, args: Arguments) -> None:
    """`torch.multiprocessing.start_processes(function, args, start_method=…)`."""
    methods = args.value(5, "start_method") or (ConstantValue("spawn"),)
    is_anew = _is_anew(methods)
    if is_anew is not False and not is_nameless(args.value(0, "fn")):
        given = union(args.value(0, "fn"), args.value(1, "args"))
        send(run, "torch.multiprocessing.start_processes", given, args, is_sure=bool(is_anew))


# --- what a pool starts with ---------------------------------------------------------------------------


def _begin(run: Running, api: str, methods: _Methods, values: Values, args: Arguments) -> None:
    """Hand the arguments of the initializer to the processes of a pool."""
    is_anew = _is_anew(methods())
    if is_anew is not False:
        send(run, api, values, args, is_sure=bool(is_anew))


def _pool_of(methods: _Methods, run: Running, args: Arguments) -> Values:
    """`context.Pool(processes, initializer, initargs)`."""
    _begin(run, "multiprocessing.Pool", methods, args.value(2, "initargs"), args)
    hand_out(run, args)
    made = run.element(ExternalValue("multiprocessing.Pool"), f"{args.location.path}:{args.node.at}", "call")
    run.later.made_by[made] = "multiprocessing.Pool"
    return (made,)


def _pool(run: Running, args: Arguments) -> None:
    methods = partial(_default_methods, run)
    _begin(run, "multiprocessing.Pool", methods, args.value(2, "initargs"), args)


def _executor(run: Running, args: Arguments) -> None:
    """`ProcessPoolExecutor(max_workers, mp_context, initializer, initargs)`."""
    methods = _of_context(run, args.value(1, "mp_context"))
    _begin(run, "concurrent.futures.ProcessPoolExecutor", methods, args.value(3, "initargs"), args)


def _loader(run: Running, args: Arguments) -> None:
    """`DataLoader(dataset, num_workers=…)`, whose dataset goes to the workers once somebody iterates."""
    context = args.named.get("multiprocessing_context", ())
    workers = literal_of(args.value(5, "num_workers"))
    # torch refuses a context where there are no workers.
    if not context and not (isinstance(workers, int) and workers > 0):
        return
    if _is_anew(_of_context(run, context)()) is not False:
        given = union(args.value(0, "dataset"), *(args.named.get(name, ()) for name in _OF_WORKERS))
        send(run, "torch.utils.data.DataLoader", given, args, is_sure=False)


# --- queues and pipes ----------------------------------------------------------------------------------


def _put(run: Running, owner: ObjectValue, args: Arguments) -> None:
    """`queue.put(value)`."""
    if run.later.made_by.get(owner) in PROCESS_QUEUES:
        send(run, "multiprocessing.Queue.put", args.value(0, "obj"), args)


def _pipe(run: Running, args: Arguments) -> Values:
    """`multiprocessing.Pipe()`: two ends, each of which sends."""
    ends = []
    for number in range(2):
        ends.append(run.element(ExternalValue(_PIPE), f"{args.location.path}:{args.node.at}{number}", "call"))
        run.later.made_by[ends[-1]] = _PIPE
    return (pair(*((end,) for end in ends)),)


def _send(run: Running, owner: ObjectValue, args: Arguments) -> None:
    """`connection.send(value)`."""
    if run.later.made_by.get(owner) == _PIPE:
        send(run, "multiprocessing.Connection.send", args.value(0, "obj"), args)


PROCESS_METHODS: dict[str, Method[ObjectValue]] = {"put": _put, "send": _send, "start": _started}

PROCESSES: dict[str, Model] = {
    **{f"{library}.Pipe": _pipe for library in _LIBRARIES},
    **{f"{library}.Process": _process_of_default for library in _LIBRARIES},
    **{f"{library}.get_context": _context for library in _LIBRARIES},
    **{f"{library}.set_start_method": _set_method for library in _LIBRARIES},
    **dict.fromkeys((name for name in PROCESS_POOLS if name.endswith("Pool")), _pool),
    **dict.fromkeys((name for name in PROCESS_POOLS if name.endswith("Executor")), _executor),
    "torch.multiprocessing.start_processes": _started_together,
    "torch.utils.data.DataLoader": _loader,
    "torch.utils.data.dataloader.DataLoader": _loader,
}
