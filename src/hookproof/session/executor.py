"""Having an executor look into files: processes elsewhere that see the same folders."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, TypeVar

from hookproof.exit_status import SettingsError
from hookproof.worker_pool import WorkerPool

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK = 200  # files for one process: its start costs as much as to look at some hundred of them
_RUN = (
    "import sys\n"
    "sys.path[:] = [path for path in sys.path if path]\n"  # nothing from the checked folder
    "import pickle\n"
    "function, arguments = pickle.load(sys.stdin.buffer)\n"
    "pickle.dump(function(*arguments), sys.stdout.buffer)\n"
)


class ExecutorPool(WorkerPool):
    """A process that works alone, but for what it has an executor do.

    Paths mean the same there: every piece of work is done by a process of its own in this working directory,
    so that the executor's workers keep theirs.
    """

    def __init__(self, executor: Executor) -> None:
        super().__init__()
        self._executor = executor

    def call(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Return what a function returns elsewhere."""
        future: Future[Result] = self._executor.submit(_call, os.getcwd(), function, arguments)
        return _result(future, function, *arguments)

    def map_files(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Return what `function` gives for each item, in order."""
        chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
        folder = os.getcwd()
        futures = [self._executor.submit(_call, folder, _each, (function, chunk)) for chunk in chunks]
        return [
            result
            for chunk, future in zip(chunks, futures, strict=True)
            for result in _result(future, _each, function, chunk)
        ]


def _result(future: Future[Result], function: Callable[..., Result], *arguments: object) -> Result:
    """Return what came of a piece of work, done here where nothing did: the files are here as well."""
    try:
        return future.result()
    except Exception:
        return function(*arguments)


def _each(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [function(item) for item in items]


def _call(folder: str, function: Callable[..., Any], arguments: tuple[object, ...]) -> Any:
    """Return what a function returns in a process that works in `folder`."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN],
        cwd=folder,
        input=pickle.dumps((function, arguments)),
        stdout=subprocess.PIPE,
        check=True,
    )
    return pickle.loads(done.stdout)


@contextmanager
def executor_at(name: str) -> Iterator[Executor]:
    """Give the executor with this name, which is `dask:` and the address of a scheduler.

    Raises `SettingsError` where there is none of this name, or where it does not answer.
    """
    kind, _, address = name.partition(":")
    if kind != "dask" or not address:
        raise SettingsError(f"--executor {name}: not known, write `dask:ADDRESS`, as in dask:tcp://host:8786")
    try:
        from distributed import Client
    except ImportError:
        raise SettingsError("--executor dask needs dask.distributed: install `hookproof[dask]`") from None
    try:
        client = Client(address, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise SettingsError(f"--executor {name}: no scheduler answers: {error}") from None
    with client:
        yield client.get_executor(pure=False)  # type: ignore[no-untyped-call]
