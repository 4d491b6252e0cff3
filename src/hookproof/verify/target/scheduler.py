"""Deals experiments out to slots and hands their answers on; runs where torch has been imported, once.

This process and its slots run no foreign code. A slot that dies is replaced; what it was busy with is
asked once more while nothing else runs, so that only what kills its slot by itself is told to have done
so.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import signal
import socket
import time
from typing import Any, Callable

from . import confinement, groups, handover, kernel, removal
from .processes import below
from .slot import Perform, Slot

_SHARES = 5  # of an experiment's time: an import takes up to three, and ends and starts take some
_PATIENCE = 30.0  # seconds on top of that, after which a slot that says nothing is taken for dead
_KILLED = ("SIGKILL", "SIGTERM", "SIGHUP", "SIGINT", "SIGSTOP")


def serve(
    source: socket.socket,
    perform: Perform,
    answer: Callable[[dict[str, Any]], None],
    limits: Any,
    folder: str,
) -> None:
    """Run the experiments that arrive on `source`, one JSON object a line, until all are done."""
    from .experiments import warm_up_for  # which needs torch

    kernel.become_subreaper()
    kernel.close_to_others(True)
    with source.makefile("rb") as stream:
        experiments = [json.loads(line) for line in stream if line.strip()]
    warm_up_for(experiments)
    scheduler = Scheduler(perform, answer, limits, folder)
    signal.signal(signal.SIGTERM, lambda *_: scheduler.end())
    try:
        scheduler.run(groups.grouped(experiments, limits.jobs))
    finally:
        scheduler.end()


class _Seat:
    """The scheduler's side of a slot's process."""

    def __init__(self, scheduler: Scheduler, folder: str) -> None:
        self.folder, self._timeout = folder, float(scheduler.limits.timeout)
        os.makedirs(folder, exist_ok=True)
        self.channel, theirs = socket.socketpair()
        self.pid, self.is_apart = kernel.fork_into_pid_namespace()
        if self.pid == 0:
            try:
                self.channel.close()
                _live_as_slot(scheduler, folder, theirs, self.is_apart)
            finally:
                handover.leave(0)
        theirs.close()
        self.buffer = b""
        self.is_exclusive = False
        self.running: int | None = None
        self.left: dict[int, dict[str, Any]] = {}
        self.deadline = self._patience = 0.0

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self.channel.fileno()

    def give(self, experiments: list[dict[str, Any]]) -> None:
        """Have the slot run a list of experiments."""
        self.left = {experiment["id"]: experiment for experiment in experiments}
        self.is_exclusive = any("exclusive" in experiment for experiment in experiments)
        longest = max(float(e.get("timeout") or self._timeout) for e in experiments)
        self._patience = _SHARES * longest + _PATIENCE
        self.deadline = time.monotonic() + self._patience
        self.channel.settimeout(self._patience)  # what does not even listen
        with contextlib.suppress(OSError):
            self.channel.sendall(json.dumps(experiments).encode() + b"\n")

    def receive(self) -> list[dict[str, Any]] | None:
        """Return what the slot tells; None when it is dead."""
        try:
            data = self.channel.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            return None
        self.deadline = time.monotonic() + self._patience
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def end(self) -> None:
        """Kill the slot and, where it is the first of a namespace, all below it."""
        with contextlib.suppress(OSError):
            if not self.is_apart:
                os.kill(
                    self.pid, signal.SIGTERM
                )  # it ends what it runs; a namespace ends with its first process
                _wait(self.pid, 1.0)
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.waitpid(self.pid, 0)
        self.channel.close()
        removal.remove(self.folder)


class Scheduler:
    """Keeps up to `limits.jobs` slots busy."""

    def __init__(
        self, perform: Perform, answer: Callable[[dict[str, Any]], None], limits: Any, folder: str
    ) -> None:
        self.perform, self.answer, self.limits, self.folder = perform, answer, limits, folder
        self.seats: list[_Seat] = []
        self.waiting: list[list[dict[str, Any]]] = []
        self.exclusive: list[dict[str, Any]] = []
        self._number = 0

    def run(self, lists: list[list[dict[str, Any]]]) -> None:
        """Run all experiments of `lists`."""
        self.waiting = lists
        while self._deal():
            busy = [seat for seat in self.seats if seat.left]
            ready, _, _ = select.select(busy, [], [], 1.0)
            for seat in ready:
                self._take(seat)
            for seat in [seat for seat in busy if seat not in ready and time.monotonic() > seat.deadline]:
                self._replace(seat)

    def _deal(self) -> bool:
        """Give work to idle slots; tell whether anything is under way."""
        busy = [seat for seat in self.seats if seat.left]
        if any(seat.is_exclusive for seat in busy):
            return True
        while self.waiting and len(busy) < self.limits.jobs:
            busy.append(self._give(self.waiting.pop(0)))
        if not busy and self.exclusive:
            busy.append(self._give([self.exclusive.pop(0)]))
        return bool(busy)

    def _give(self, experiments: list[dict[str, Any]]) -> _Seat:
        seat = next((seat for seat in self.seats if not seat.left), None)
        if seat is None:
            self._number += 1
            seat = _Seat(self, os.path.join(self.folder, "slot{}".format(self._number)))
            self.seats.append(seat)
        seat.give(experiments)
        return seat

    def _take(self, seat: _Seat) -> None:
        told = seat.receive()
        if told is None:
            self._replace(seat)
            return
        for fields in told:
            if "started" in fields:
                seat.running = fields["started"]
                self.answer(fields)
                continue
            experiment = seat.left.pop(fields["id"], None)
            if experiment is None:
                continue
            seat.running = None
            if not seat.is_apart and "exclusive" not in experiment and _was_killed(fields["answer"]):
                # Where processes can name each other, another experiment may have done it.
                self.exclusive.append(dict(experiment, exclusive=True))
            else:
                self.answer(fields)

    def _replace(self, seat: _Seat) -> None:
        """Put back what a dead slot had to do; what it was busy with is asked once more, alone."""
        self.seats.remove(seat)
        seat.end()
        self._sweep()
        lost = seat.left.pop(seat.running, None) if seat.running is not None else None
        if lost is None and seat.left:
            lost = seat.left.pop(next(iter(seat.left)))
        if lost is not None and "exclusive" in lost:
            self.answer({"id": lost["id"], "answer": {"failure": "worker"}})
        elif lost is not None:
            self.exclusive.append(dict(lost, exclusive=True))
        if seat.left:
            self.waiting.append(list(seat.left.values()))

    def _sweep(self) -> None:
        """Kill what a dead slot has left to this process, the subreaper."""
        wanted = {seat.pid for seat in self.seats}
        known = {process.pid for process in below(os.getpid())}
        if not known & wanted and wanted:
            return  # a /proc that is not this namespace's
        with contextlib.suppress(OSError):
            for pid in _children():
                if pid not in wanted:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)

    def end(self) -> None:
        """End all slots and what is below them."""
        while self.seats:
            self.seats.pop().end()
        self._sweep()


def _was_killed(fields: dict[str, Any]) -> bool:
    return fields.get("failure") == "crash" and fields.get("detail") in _KILLED


def _wait(pid: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and os.waitpid(pid, os.WNOHANG)[0] == 0:
        time.sleep(0.01)


def _children() -> list[int]:
    own = os.getpid()
    with open("/proc/{0}/task/{0}/children".format(own)) as file:
        return [int(pid) for pid in file.read().split()]


def _live_as_slot(scheduler: Scheduler, folder: str, channel: socket.socket, is_apart: bool) -> None:
    """Run the lists that come over the channel until it is closed."""
    kernel.end_with_parent(signal.SIGKILL)
    kept = channel.fileno()
    os.dup2(kept, 3)
    confinement.close_from(4)
    channel = socket.socket(fileno=3) if kept != 3 else channel

    def tell(fields: dict[str, Any]) -> None:
        channel.sendall(json.dumps(fields).encode() + b"\n")

    limits = argparse.Namespace(**vars(scheduler.limits))
    slot = Slot(folder, scheduler.perform, tell, limits, is_apart)
    if not is_apart:

        def leave(*_: Any) -> None:
            slot.end_all()
            handover.leave(0)

        signal.signal(signal.SIGTERM, leave)
    else:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with channel.makefile("rb") as stream:
        for line in stream:
            slot.run(json.loads(line))
