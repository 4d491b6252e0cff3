"""Drives the workers: one per target interpreter, restarted when it dies, ended cleanly whatever happens."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import msgspec

from hookproof.verify.answers import checked

WORKER = Path(__file__).with_name("worker.py")
_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "TMPDIR",
    "TEMP",
)
_MAXIMAL_RESTARTS = 5
_SHARES = 6  # of an experiment's time, in which the worker says something: its slots have five
_PATIENCE = 300.0  # seconds on top of that, within which torch is imported as well
_MAXIMAL_LINE = 8 << 20


class Task(Protocol):
    """What a worker can be asked: an experiment, or a trial of scripts, as a msgspec struct."""

    @property
    def id(self) -> int:
        """The number that the answer will bear."""


class MissingTorchError(Exception):
    """The target interpreter can't import torch, or is no interpreter at all."""


@dataclass(frozen=True)
class Limits:
    """What one experiment may use: seconds, MiB above what torch itself takes, folders that it may write in.

    `jobs` run at a time.
    """

    timeout: float = 20.0
    memory: int = 4096
    jobs: int = max(1, min(os.cpu_count() or 1, 8))
    spawn: bool = False
    writable: tuple[str, ...] = ()


class Worker:
    """A running worker process, which imports torch while the caller goes on.

    Raises `MissingTorchError` where its interpreter can't be started, and `torch` where that has no torch.
    """

    def __init__(self, python: str, limits: Limits) -> None:
        if os.path.dirname(python):  # else it is looked for where commands are
            python = os.path.abspath(os.path.expanduser(python))
        self.python = python
        self._patience = _SHARES * limits.timeout + _PATIENCE
        self._key = secrets.token_hex(32).encode()
        command = [python, str(WORKER), "--jobs", str(limits.jobs), "--timeout", str(limits.timeout)]
        command += ["--memory", str(limits.memory)] + (["--spawn"] if limits.spawn else [])
        command += [part for folder in limits.writable for part in ("--writable", os.path.abspath(folder))]
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        # Large pages make a fork of a process this big several times cheaper; malloc has to serve Python too.
        environment |= {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "PYTHONMALLOC": "malloc"}
        environment |= {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            # A session of its own: Ctrl-C is for the linter, which then ends its workers.
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise MissingTorchError(
                f"{python} can't be started ({error.strerror}); pass --python PATH"
            ) from error
        assert self.process.stdin
        with suppress(OSError):
            self.process.stdin.write(self._key + b"\n")
            self.process.stdin.flush()

    @cached_property
    def torch(self) -> str:
        """The version of torch there, waited for until it is imported. Raises `MissingTorchError`."""
        hello = self._read() or {"missing": "no answer"}
        if "refused" in hello:
            raise MissingTorchError(f"torch can't be asked here: {hello['refused']}")
        if "torch" not in hello:
            missing = hello.get("missing")
            raise MissingTorchError(
                f"{self.python} has no usable torch ({missing}); pass --python PATH of one that has"
            )
        return str(hello["torch"])

    def _read(self) -> dict[str, Any] | None:
        """Return the next line that bears the worker's signature; None at the end."""
        assert self.process.stdout
        while line := self._read_line():
            signature, _, text = line.rstrip(b"\n").partition(b" ")
            expected = hmac.new(self._key, text, hashlib.sha256).hexdigest().encode()
            if hmac.compare_digest(signature, expected):
                fields = json.loads(text)
                assert isinstance(fields, dict)
                return fields
        return None

    def _read_line(self) -> bytes:
        """Return the next line; nothing at the end, or where the worker keeps silent and is ended for it."""
        assert self.process.stdout
        ending = threading.Timer(self._patience, self._end)
        ending.daemon = True
        ending.start()
        try:
            return self.process.stdout.readline(_MAXIMAL_LINE)
        finally:
            ending.cancel()

    def run(self, experiments: Sequence[Task]) -> Iterator[dict[str, Any]]:
        """Yield answers (and notices of what was started) until all are answered or the worker is dead."""
        assert self.torch  # what the worker says first
        silent = {e.id for e in experiments if getattr(e, "outcome", "") == "silent" and hasattr(e, "asks")}
        data = b"".join(_encoded(e) + b"\n" for e in experiments)
        feeder = threading.Thread(target=self._feed, args=(data,), daemon=True)
        feeder.start()
        while (fields := self._read()) is not None:
            number = fields.get("id")
            if "started" in fields:
                yield fields
            elif "answer" in fields:  # whatever it has of these two is not what is said here
                yield {**checked(fields["answer"], number in silent), "id": number, "torch": self.torch}

    def _feed(self, data: bytes) -> None:
        assert self.process.stdin
        with suppress(OSError, ValueError):
            self.process.stdin.write(data)
            self.process.stdin.close()

    def close(self) -> None:
        """End the process and everything it started."""
        self._end()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if pipe:
                    pipe.close()

    def _end(self) -> None:
        with suppress(OSError):
            self.process.terminate()
            if hasattr(signal, "SIGCONT"):  # one that is stopped would not notice
                self.process.send_signal(signal.SIGCONT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            with suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _encoded(experiment: Task) -> bytes:
    try:
        return msgspec.json.encode(experiment)
    except UnicodeEncodeError:  # a file's name that is no text
        return json.dumps(msgspec.to_builtins(experiment)).encode()


def ask(python: str, experiments: Iterable[Task], limits: Limits | None = None) -> Iterator[dict[str, Any]]:
    """Yield one answer per experiment or trial, in the order they come in.

    The experiments are taken from their iterator while the worker imports torch. A worker that dies is
    started again; what it was busy with is asked once more by a worker of its own, so that one experiment
    that ends its worker costs no other its answer. Raises `MissingTorchError`.
    """
    limits = limits or Limits()
    waiting: dict[int, Task] | None = None
    for _ in range(_MAXIMAL_RESTARTS + 1):
        with closing(Worker(python, limits)) as worker:
            if waiting is None:
                waiting = {experiment.id: experiment for experiment in experiments}
            busy = (yield from _answers(worker, waiting, list(waiting))) if waiting else set()
        if not waiting:
            return
        for suspect in sorted((busy or {next(iter(waiting))}) & waiting.keys()):
            with closing(Worker(python, replace(limits, jobs=1))) as worker:
                yield from _answers(worker, waiting, [suspect])
            if waiting.pop(suspect, None) is not None:
                yield {"id": suspect, "torch": worker.torch, "failure": "worker"}
        if not waiting:
            return
    for number in waiting or ():
        yield {"id": number, "torch": worker.torch, "failure": "worker"}


def _answers(
    worker: Worker, waiting: dict[int, Task], batch: Sequence[int]
) -> Generator[dict[str, Any], None, set[int]]:
    """Yield what a worker answers, taken from what is waited for; return what it was busy with at its end."""
    busy: set[int] = set()
    for fields in worker.run([waiting[number] for number in batch]):
        if "started" in fields:
            busy.add(fields["started"])
        elif waiting.pop(fields["id"], None) is not None:
            busy.discard(fields["id"])
            yield fields
    return busy


def default_python() -> str:
    """Return the interpreter that is asked where none is named: the active environment's, or our own."""
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        for name in ("bin/python", "Scripts/python.exe"):
            candidate = Path(active) / name
            if candidate.exists():
                return str(candidate)
    return sys.executable
