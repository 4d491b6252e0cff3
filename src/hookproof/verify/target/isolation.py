"""Runs each experiment in a forked child that can do no lasting harm, several at a time.

A child has a session, a working directory, a home and an environment of its own, limits on memory and time,
and no network where the platform allows. Its output is read and thrown away but for the end. Whatever
happens to it, its process group is killed and what escaped the group is found (as a child of this process,
which is made a subreaper) and killed too.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from typing import Any, Callable

Perform = Callable[..., Any]  # (experiment, stage) -> answer; spelled so that Python 3.8 can evaluate it

MAXIMAL_OUTPUT = 64 << 20  # bytes; what prints more is stopped
_MAXIMAL_ANSWER = 4 << 20
_KEPT_OUTPUT = 2000
_MAXIMAL_PROCESSES = 64
_COUNT_INTERVAL = 0.25  # seconds between looks at how many processes an experiment has
_CLONE_NEWNET = 0x40000000
_CLONE_NEWUSER = 0x10000000
_PR_SET_CHILD_SUBREAPER = 36
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


class Child:
    """A running experiment: its process, what it has answered and printed so far."""

    def __init__(self, experiment: dict[str, Any], perform: Perform, limits: Any) -> None:
        self.experiment = experiment
        self.identity = experiment["id"]
        self.folder = tempfile.mkdtemp(prefix="hookproof-")
        self.answer, self.output, self.printed = bytearray(), b"", 0
        self.failure: str | None = None
        self.answer_pipe, answer_write = os.pipe()
        self.output_pipe, output_write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _live(experiment, perform, limits, self.folder, answer_write, output_write)
        os.close(answer_write)
        os.close(output_write)
        self.next_count = time.monotonic() + _COUNT_INTERVAL
        self.deadline = time.monotonic() + float(experiment.get("timeout") or limits.timeout)

    def read(self, pipe: int) -> bool:
        """Take what `pipe` holds; tell whether the child is done (or must be)."""
        data = os.read(pipe, 1 << 16)
        if pipe == self.answer_pipe:
            self.answer += data
            if len(self.answer) > _MAXIMAL_ANSWER:
                self.failure = "flood"
            return not data or self.failure is not None
        self.printed += len(data)
        self.output = (self.output + data)[-_KEPT_OUTPUT:]
        if self.printed > MAXIMAL_OUTPUT:
            self.failure = "flood"
        return self.failure is not None

    def end(self) -> dict[str, Any]:
        """Kill what is left, clean up and return the answer."""
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.answer_pipe)
        os.close(self.output_pipe)
        shutil.rmtree(self.folder, ignore_errors=True)
        stage = ""
        for line in bytes(self.answer).decode("utf-8", "replace").splitlines():
            with contextlib.suppress(ValueError):  # the last line may be cut off
                fields: dict[str, Any] = json.loads(line)
                if "stage" not in fields and self.failure is None:
                    return dict(fields, id=self.identity)
                stage = fields.get("stage", stage)
        return {
            "id": self.identity,
            "failure": self.failure or "crash",
            "detail": describe_status(status),
            "stage": stage,
            "output": self.output.decode("utf-8", "replace"),
        }


def describe_status(status: int) -> str:
    """Return how a process ended, in a few words."""
    if os.WIFSIGNALED(status):
        with contextlib.suppress(ValueError):
            return signal.Signals(os.WTERMSIG(status)).name
        return "signal {}".format(os.WTERMSIG(status))
    return "exit status {}".format(os.WEXITSTATUS(status))


def serve(source: int, perform: Perform, answer: Callable[[dict[str, Any]], None], limits: Any) -> None:
    """Run the experiments that arrive on the file descriptor `source` until it is closed and all are done."""
    from . import groups

    become_subreaper()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with os.fdopen(os.dup(source), "rb") as stream:
        experiments = [json.loads(line) for line in stream if line.strip()]
    run(groups.grouped(experiments, limits.jobs), perform, answer, limits)


def become_subreaper() -> None:
    """Have what escapes an experiment become a child of this process, where the platform allows."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run(
    waiting: list[list[dict[str, Any]]],
    perform: Perform,
    answer: Callable[[dict[str, Any]], None],
    limits: Any,
) -> None:
    """Run lists of experiments: one alone in a child, several in a group that shares an import."""
    from .groups import Group

    running: list[Any] = []
    try:
        while waiting or running:
            while waiting and len(running) < limits.jobs:
                experiments = waiting.pop(0)
                for experiment in experiments:
                    if "round" not in experiment and "again" not in experiment:
                        answer({"started": experiment["id"]})
                if len(experiments) > 1:
                    running.append(Group(experiments, perform, answer, limits))
                else:
                    running.append(Child(experiments[0], perform, limits))
            pipes = {pipe: child for child in running for pipe in (child.answer_pipe, child.output_pipe)}
            ready, _, _ = select.select(list(pipes), [], [], 0.05)
            done = _done(ready, pipes, running)
            for child in done:
                running.remove(child)
                _conclude(child, waiting, answer)
            if done:
                _sweep({child.pid for child in running})
    finally:
        for child in running:
            child.end()
        _sweep(set())


def _conclude(
    child: Any, waiting: list[list[dict[str, Any]]], answer: Callable[[dict[str, Any]], None]
) -> None:
    fields = child.end()
    if isinstance(fields, list):  # what a group has left undone
        waiting[:0] = [[dict(experiment, again=True)] for experiment in fields]
    elif "round" in fields:
        again = dict(child.experiment, round=fields["round"], undecided=fields["undecided"])
        waiting.insert(0, [again])
    else:
        answer(fields)


def _done(ready: list[int], pipes: dict[int, Any], running: list[Any]) -> list[Any]:
    now = time.monotonic()
    done = []
    for child in running:
        ended = False
        for pipe in (child.output_pipe, child.answer_pipe):
            # A closed output pipe stays readable; only the answer pipe tells that the child is done.
            if pipe in ready and pipe in pipes and pipes[pipe] is child:
                ended = child.read(pipe) or ended
        if not ended and _has_exited(child.pid):
            _drain(child)
            ended = True
        if not ended and now > child.deadline:
            child.failure, ended = "timeout", True
        if not ended and now > child.next_count:
            child.next_count = now + _COUNT_INTERVAL
            if _group_size(child.pid) > _MAXIMAL_PROCESSES:
                child.failure, ended = "processes", True
        if ended:
            done.append(child)
    return done


def _has_exited(pid: int) -> bool:
    """Tell whether a child has ended, where the platform says so without forgetting its status."""
    if not hasattr(os, "waitid"):
        return False
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _drain(child: Any) -> None:
    """Take what a child that has ended left in its pipe, which a process of its own may still hold open."""
    while select.select([child.answer_pipe], [], [], 0)[0] and not child.read(child.answer_pipe):
        pass


def _group_size(group: int) -> int:
    """Count the processes of a group, where /proc tells."""
    count = 0
    for fields in _processes():
        count += fields[2] == group
    return count


def _processes() -> list[tuple[int, int, int]]:
    found = []
    try:
        names = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []
    for name in names:
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open("/proc/{}/stat".format(name)) as file:
                fields = file.read().rpartition(")")[2].split()
            found.append((int(name), int(fields[1]), int(fields[2])))
    return found


def _sweep(wanted: set[int]) -> None:
    """Kill what left the group of its experiment: orphans come to this process, the subreaper."""
    for pid in _children():
        if pid not in wanted:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _children() -> list[int]:
    own = os.getpid()
    try:
        with open("/proc/{0}/task/{0}/children".format(own)) as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:  # a kernel without that list
        return [pid for pid, parent, _ in _processes() if parent == own]


# --- in the child -----------------------------------------------------------------------------------


def _live(
    experiment: dict[str, Any], perform: Perform, limits: Any, folder: str, answer: int, output: int
) -> None:
    """Become a confined process, run the experiment, answer and exit."""
    try:
        become_confined(folder, limits, answer, output)
        fields = perform(experiment, _report_stage)
        data = json.dumps(fields).encode("utf-8")
    except BaseException as error:  # the one place that must not fail: the parent is waiting
        text = "{}: {}".format(type(error).__name__, error)
        data = json.dumps(
            {"failure": "memory" if isinstance(error, MemoryError) else "crash", "detail": text}
        ).encode()
    try:
        while data:
            data = data[os.write(3, data) :]
    finally:
        os._exit(0)


def become_confined(folder: str, limits: Any, answer: int, output: int) -> None:
    """Turn this fresh fork into a confined process, whose answers go to file descriptor 3."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(answer, 3)
    os.closerange(4, 256)
    sys.stdin = open(0, closefd=False)
    sys.stdout = open(1, "w", closefd=False, errors="replace")
    sys.stderr = open(2, "w", closefd=False, errors="replace")
    _confine(folder, limits)


def _report_stage(text: str) -> None:
    os.write(3, json.dumps({"stage": text}).encode("utf-8") + b"\n")


def _confine(folder: str, limits: Any) -> None:
    os.chdir(folder)
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, HOME=folder, TMPDIR=folder, TMP=folder, TEMP=folder, XDG_CACHE_HOME=folder)
    os.environ.update(OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="", NO_COLOR="1")
    tempfile.tempdir = None
    _limit_resources(limits)
    _cut_network()


def _limit_resources(limits: Any) -> None:
    try:
        import resource
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):
        # Scripts of torch are large in address space before they do anything, so the limit is on top of that.
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
        size = pages * resource.getpagesize() + (limits.memory << 20)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    with contextlib.suppress(OSError, ValueError):
        seconds = int(limits.timeout) + 5
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 20, 256 << 20))


def _cut_network() -> None:
    """Leave the network: in a namespace of its own where the kernel allows, in Python otherwise."""
    with contextlib.suppress(OSError, AttributeError):
        unshare = ctypes.CDLL(None).unshare
        if unshare(_CLONE_NEWNET) == 0 or unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
            return

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError("the network is switched off in an experiment")

    for name in ("connect", "connect_ex", "sendto", "bind"):
        setattr(socket.socket, name, refuse)
    socket.getaddrinfo = refuse
    socket.create_connection = refuse
