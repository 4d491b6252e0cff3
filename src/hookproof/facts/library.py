"""What functions of Python's library do with what they are given, by name, the same in either role."""

from __future__ import annotations

# Give back their first argument, or a function that stands for it.
FORWARDING = frozenset(
    {
        "builtins.staticmethod",
        "contextlib.closing",
        "contextlib.contextmanager",
        "contextlib.nullcontext",
        "copy.copy",
        "functools.cache",
        "functools.lru_cache",
        "functools.wraps",
        "torch.no_grad",
        "weakref.proxy",
    }
)

# Give back their second argument.
CASTS = ("typing.cast", "typing_extensions.cast")

# Give what is called to get at the first argument again.
REFERENCES = ("weakref.WeakMethod", "weakref.ref")

# Make objects that have what they are given by name.
NAMESPACES = ("argparse.Namespace", "types.SimpleNamespace")
NAMED_TUPLES = frozenset({"collections.namedtuple", "typing.NamedTuple"})

# Make what is put into at one end and got out of at the other.
QUEUES = ("queue.Queue", "queue.SimpleQueue")

# Call functions in this process, and in others.
THREAD_POOLS = (
    "concurrent.futures.ThreadPoolExecutor",
    "concurrent.futures.thread.ThreadPoolExecutor",
    "multiprocessing.dummy.Pool",
    "multiprocessing.pool.ThreadPool",
)
PROCESS_POOLS = (
    "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.process.ProcessPoolExecutor",
    "multiprocessing.Pool",
    "multiprocessing.pool.Pool",
    "torch.multiprocessing.Pool",
)

# Make what is put into in one process and got out of in another.
PROCESS_QUEUES = tuple(
    f"{library}.{name}"
    for library in ("multiprocessing", "torch.multiprocessing")
    for name in ("JoinableQueue", "Queue", "SimpleQueue")
)

# Make what leaves, later, the context managers that it enters.
STACKS = ("contextlib.AsyncExitStack", "contextlib.ExitStack")
