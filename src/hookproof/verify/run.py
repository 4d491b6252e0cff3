"""Drives the workers: one per target interpreter, restarted when it dies, ended cleanly whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

WORKER = Path(__file__).with_name("worker.py")
_ENVIRONMENT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "TMPDIR",
    "TEMP",
)
_MAXIMAL_RESTARTS = 5


class Task(Protocol):
    """What a worker can be asked: an experiment, or a trial of scripts, as a msgspec struct."""

    @property
    def id(self) -> int:
        """The number that the answer will bear."""


class MissingTorchError(Exception):
    """The target interpreter can't import torch, or is no interpreter at all."""


@dataclass(frozen=True)
class Limits:
    """What one experiment may use: seconds, MiB above what torch itself takes; `jobs` run at a time."""

    timeout: float = 20.0
    memory: int = 4096
    jobs: int = max(1, min(os.cpu_count() or 1, 8))
    spawn: bool = False


class Worker:
    """A running worker process. Raises `MissingTorchError` when its interpreter has no torch."""

    def __init__(self, python: str, limits: Limits) -> None:
        self.python = python
        self.folder = tempfile.TemporaryDirectory(prefix="hookproof-worker-")
        command = [python, str(WORKER), "--jobs", str(limits.jobs), "--timeout", str(limits.timeout)]
        command += ["--memory", str(limits.memory)] + (["--spawn"] if limits.spawn else [])
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        # Large pages make a fork of a process this big several times cheaper; malloc has to serve Python too.
        environment |= {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "PYTHONMALLOC": "malloc"}
        environment |= {"HOME": self.folder.name, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            # A session of its own: Ctrl-C is for the linter, which then ends its workers.
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=self.folder.name,
                start_new_session=True,
            )
        except OSError as error:
            raise MissingTorchError(
                f"{python} can't be started ({error.strerror}); pass --python PATH"
            ) from error
        hello = self._read() or {"missing": "no answer"}
        if "missing" in hello:
            self.close()
            raise MissingTorchError(
                f"{python} has no usable torch ({hello['missing']}); pass --python PATH of one that has"
            )
        self.torch = str(hello["torch"])

    def _read(self) -> dict[str, Any] | None:
        assert self.process.stdout
        line = self.process.stdout.readline()
        try:
            fields: dict[str, Any] | None = json.loads(line) if line else None
        except ValueError:
            fields = None
        return fields

    def run(self, experiments: Sequence[Task]) -> Iterator[dict[str, Any]]:
        """Yield answers (and notices of what was started) until all are answered or the worker is dead."""
        assert self.process.stdin
        data = b"".join(msgspec.json.encode(e) + b"\n" for e in experiments)
        feeder = threading.Thread(target=self._feed, args=(data,), daemon=True)
        feeder.start()
        while (fields := self._read()) is not None:
            yield fields

    def _feed(self, data: bytes) -> None:
        assert self.process.stdin
        with suppress(OSError):
            self.process.stdin.write(data)
            self.process.stdin.close()

    def close(self) -> None:
        """End the process and everything it started."""
        with suppress(OSError):
            self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            with suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if pipe:
                    pipe.close()
        self.folder.cleanup()


def ask(python: str, experiments: Sequence[Task], limits: Limits | None = None) -> Iterator[dict[str, Any]]:
    """Yield one answer per experiment or trial, in the order they come in.

    A worker that dies is started again without what it was busy with. Raises `MissingTorchError`.
    """
    limits = limits or Limits()
    waiting = {experiment.id: experiment for experiment in experiments}
    restarts = 0
    while waiting:
        worker = Worker(python, limits)
        started: set[int] = set()
        try:
            for fields in worker.run(list(waiting.values())):
                if "started" in fields:
                    started.add(fields["started"])
                elif waiting.pop(fields["id"], None) is not None:
                    started.discard(fields["id"])
                    yield {"torch": worker.torch, **fields}
        finally:
            worker.close()
        lost = started or ({next(iter(waiting))} if waiting else set())
        restarts += 1
        if restarts > _MAXIMAL_RESTARTS:
            lost = set(waiting)
        for number in sorted(lost & waiting.keys()):
            del waiting[number]
            yield {"id": number, "torch": worker.torch, "failure": "worker"}


def default_python() -> str:
    """Return the interpreter that is asked where none is named: the active environment's, or our own."""
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        for name in ("bin/python", "Scripts/python.exe"):
            candidate = Path(active) / name
            if candidate.exists():
                return str(candidate)
    return sys.executable
