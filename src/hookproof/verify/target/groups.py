"""Experiments on one module of the project share its import: a process imports it once and forks for each."""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import json
import linecache
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from typing import Any, Callable

from . import isolation
from .outcome import InconclusiveError
from .sources import source_of

_GRACE = 10.0  # seconds per experiment on top of its limit, for forking and ending it


def grouped(experiments: list[dict[str, Any]], jobs: int) -> list[list[dict[str, Any]]]:
    """Return the experiments in lists that share an import, with work for `jobs` processes."""
    together: dict[Any, list[dict[str, Any]]] = {}
    for experiment in experiments:
        key = (experiment["module"], *experiment["roots"]) if "module" in experiment else experiment["id"]
        together.setdefault(key, []).append(experiment)
    lists = []
    for members in together.values():
        parts = max(1, min(jobs, len(members) // 2))
        lists += [members[number::parts] for number in range(parts)]
    return lists


class Group:
    """A process that has imported a module and runs experiments on it one after another.

    It is watched as an experiment is (see `isolation.Child`), and hands on the answers of its own.
    """

    def __init__(
        self,
        experiments: list[dict[str, Any]],
        perform: isolation.Perform,
        answer: Callable[[dict[str, Any]], None],
        limits: Any,
    ) -> None:
        self.answer = answer
        self.left = {experiment["id"]: experiment for experiment in experiments}
        self.running: int | None = None
        self.is_imported = False
        self.failure: str | None = None
        self.folder = tempfile.mkdtemp(prefix="hookproof-")
        self.received, self.printed = b"", 0
        self.answer_pipe, answer_write = os.pipe()
        self.output_pipe, output_write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _live(experiments, perform, limits, self.folder, answer_write, output_write)
        os.close(answer_write)
        os.close(output_write)
        seconds = float(limits.timeout)
        self.next_count = time.monotonic()
        self.deadline = self.next_count + seconds
        self.seconds = sum(float(e.get("timeout") or seconds) + _GRACE for e in experiments)

    def read(self, pipe: int) -> bool:
        """Take what `pipe` holds; tell whether the process is done (or must be)."""
        data = os.read(pipe, 1 << 16)
        if pipe == self.output_pipe:
            self.printed += len(data)
            if self.printed > isolation.MAXIMAL_OUTPUT:
                self.failure = "flood"
            return self.failure is not None
        *lines, self.received = (self.received + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line.decode("utf-8")))
        return not data

    def _take(self, fields: dict[str, Any]) -> None:
        if "imported" in fields:
            self.is_imported = True
            self.deadline = time.monotonic() + self.seconds
        elif "started" in fields:
            self.running = fields["started"]
        elif self.left.pop(fields.get("id"), None) is not None:
            self.answer(fields)

    def end(self) -> list[dict[str, Any]]:
        """Kill what is left, answer for what it was busy with, and return the experiments it has not run."""
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(OSError):
                kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.answer_pipe)
        os.close(self.output_pipe)
        shutil.rmtree(self.folder, ignore_errors=True)
        fields = {"failure": self.failure or "crash", "detail": isolation.describe_status(status)}
        if not self.is_imported and not os.WIFEXITED(status):
            for number, experiment in self.left.items():
                stage = "importing {}".format(experiment["module"])
                self.answer(dict(fields, id=number, stage=stage))
            return []
        if self.running in self.left:
            del self.left[self.running]
            self.answer(dict(fields, id=self.running))
        return list(self.left.values())


def _live(
    experiments: list[dict[str, Any]],
    perform: isolation.Perform,
    limits: Any,
    folder: str,
    answer: int,
    output: int,
) -> None:
    """Import what the experiments share, run each in a child, and exit.

    Where the import fails, or leaves threads that no fork would have, each experiment imports for itself.
    """
    try:
        isolation.become_confined(folder, limits, answer, output)
        isolation.become_subreaper()
        threads = _count_threads()
        with contextlib.suppress(InconclusiveError):
            _import(experiments[0])
        if _count_threads() == threads:
            _read(experiments)
            gc.collect()
            gc.freeze()
            _tell({"imported": True})
            each = argparse.Namespace(**dict(vars(limits), jobs=1))
            lists = [[experiment] for experiment in experiments]
            isolation.run(lists, perform, functools.partial(_hand_on, experiments), each)
    finally:
        os._exit(0)


def _import(experiment: dict[str, Any]) -> None:
    from .imports import import_module

    sys.argv[:] = [experiment["path"]]
    import_module(experiment["module"], experiment["roots"], lambda _: None)


def _read(experiments: list[dict[str, Any]]) -> None:
    """Read the files that the experiments speak of, which no child needs to do again."""
    for path in sorted({experiment["path"] for experiment in experiments}):
        with contextlib.suppress(InconclusiveError):
            source_of(path).uses  # noqa: B018
            linecache.getlines(path)


def _hand_on(experiments: list[dict[str, Any]], fields: dict[str, Any]) -> None:
    """Tell an answer, and what it learned of a module class to the experiments with the same."""
    learned = fields.pop("signature", None)
    if learned:
        asked = next((e for e in experiments if e["id"] == fields.get("id")), None)
        for experiment in experiments:
            if asked is not None and _model(experiment) == _model(asked):
                experiment["signature"] = learned
    _tell(fields)


def _model(experiment: dict[str, Any]) -> tuple[Any, ...]:
    """Return what decides of which class an experiment's model is and how it is made."""
    return tuple(experiment.get(key) for key in ("module_class", "factory", "constructors", "path"))


def _count_threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def _tell(fields: dict[str, Any]) -> None:
    data = json.dumps(fields).encode("utf-8") + b"\n"
    while data:
        data = data[os.write(3, data) :]
