"""Experiments on one module of the project share its import: a process imports it once and forks for each.

That process has run foreign code, so its slot trusts it with nothing but to fork when told to.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import linecache
import os
import sys
import threading
from typing import Any, Callable

from . import confinement, handover
from .outcome import InconclusiveError, one_line
from .sources import source_of
from .watched import Watched

Slot = Any  # a `Slot` of `slot.py`, which imports this file
_GRACE = 10.0  # seconds that forking and ending may take on top of an experiment's limit
_MAXIMAL_SHARES = 3  # experiments whose limits add up for the import that all of a group share


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


def hand_on(learned: dict[str, Any], asked: dict[str, Any], others: list[dict[str, Any]]) -> None:
    """Give what one experiment learned of a module class to the others with the same."""
    for experiment in others:
        if _model(experiment) == _model(asked):
            experiment["signature"] = learned


def _model(experiment: dict[str, Any]) -> tuple[Any, ...]:
    """Return what decides of which class an experiment's model is and how it is made."""
    return tuple(experiment.get(key) for key in ("module_class", "factory", "constructors", "path"))


class Group:
    """The slot's side of a process that has imported a module.

    `is_ready` while it can fork; `failure` is what came of all experiments where the import ended everything.
    """

    def __init__(self, slot: Slot, experiments: list[dict[str, Any]]) -> None:
        self.slot = slot
        self.is_ready = False
        self.failure: dict[str, Any] | None = None
        self._lines = bytearray()
        self._is_ended = False
        limits = [float(e.get("timeout") or slot.limits.timeout) for e in experiments]
        seconds = sum(sorted(limits)[-_MAXIMAL_SHARES:])
        slot._clear()
        slot.tell_stage("importing {}".format(experiments[0]["module"]))
        self.watched = Watched(slot.fork(lambda: _live_on(slot, experiments)), seconds)
        size = handover.KEY_SIZE
        slot.watch(self.watched, lambda: len(self.watched.received) >= size or self.watched.is_answered)
        if bytes(self.watched.received) == self.watched.key and self.watched.failure is None:
            self.is_ready = True
            return
        slot.end_all(self.watched)
        status = self.watched.status
        if self.watched.failure is not None or status is None or not os.WIFEXITED(status):
            self.watched.received.clear()
            self.failure = slot.answer_of(self.watched)

    def fileno(self) -> int:
        """Return the descriptor to wait on for what the process says."""
        return int(self.watched.connection.fileno())

    def run(self, experiment: dict[str, Any], seconds: float) -> Watched:
        """Have one experiment run in a fork of the process."""
        child = Watched(0, seconds + _GRACE)
        child.pid = -1  # until the process says which it is
        self._is_ended = False
        try:
            self.watched.connection.setblocking(True)
            self.watched.connection.settimeout(_GRACE)
            self.watched.connection.sendall(json.dumps(experiment).encode() + b"\n")
            self._await_start(child)
            self.watched.connection.setblocking(False)
        except (OSError, ValueError):
            self.is_ready = False
        if child.pid > 1 and self.is_ready:
            child.deadline -= _GRACE
            self.slot.watch(child, lambda: child.is_answered, self)
            if child.is_answered and child.failure is None:
                self._await_end(child)
        left = [pid for pid in self.slot.others() if pid != self.watched.pid]
        if child.failure is not None or child.status is None or not self.is_ready:
            self.end()
        elif left:
            self.slot.end_all(None, kept=self.watched.pid)
        return child

    def _await_start(self, child: Watched) -> None:
        while child.pid < 0:
            data = self.watched.connection.recv(1 << 12)
            if not data:
                raise OSError("the process of the group has ended")
            self._take(data, child)

    def _await_end(self, child: Watched) -> None:
        # It has answered, so what there is to wait for is its exit.
        import select

        while child.status is None and select.select([self], [], [], 2.0)[0]:
            self.receive(child)

    def receive(self, child: Watched) -> None:
        """Take what the process says of its child: that it has ended."""
        try:
            data = self.watched.connection.recv(1 << 12)
        except OSError:
            data = b""
        if data:
            self._take(data, child)
        else:
            self.is_ready = False
            child.status = child.status if child.status is not None else 9

    def _take(self, data: bytes, child: Watched) -> None:
        self._lines += data
        if len(self._lines) > 1 << 14:
            raise OSError("the process of the group talks too much")
        *lines, rest = bytes(self._lines).split(b"\n")
        self._lines = bytearray(rest)
        for line in lines:
            word, _, number = line.partition(b" ")
            if number.isdigit() and word == b"pid":
                child.pid = int(number)
            elif number.isdigit() and word == b"ended":
                child.status = int(number)

    def end(self) -> None:
        """End the process and everything below it."""
        self.is_ready = False
        self.slot.end_all(self.watched)
        if self.watched.connection is not None:
            self.watched.connection.close()


# --- in the experiment's process, and in the one that has imported -----------------------------------


def live(slot: Slot, experiment: dict[str, Any]) -> None:
    """Become a confined process, run an experiment, and hand over the answer."""
    confinement.detach(slot.output_write)
    address = slot.door.address
    fetch = functools.partial(handover.fetch_key, address)
    act = functools.partial(_confined, slot, experiment)
    handover.run_with_key(fetch, act, functools.partial(_hand_over, address, slot.is_whole))


def _confined(slot: Slot, experiment: dict[str, Any]) -> Any:
    try:
        seconds = float(experiment.get("timeout") or slot.limits.timeout)
        missing = confinement.confine(slot.work, slot.limits, seconds, slot.limits.has_own_network)
    except BaseException as error:
        return {"failure": "crash", "detail": "it could not be confined: " + one_line(error)}
    return _performed(slot, experiment, missing)


def _performed(slot: Slot, experiment: dict[str, Any], missing: list[str]) -> dict[str, Any]:
    try:
        fields: dict[str, Any] = slot.perform(experiment, slot.tell_stage)
        open_to = slot.missing + missing
        if open_to and isinstance(fields.get("notes"), list):
            fields["notes"].append("not confined here: {}".format(", ".join(open_to)))
        return fields
    except MemoryError:
        return {"failure": "memory"}
    except BaseException as error:  # the one place that must not fail: the slot is waiting
        return {"failure": "crash", "detail": one_line(error)}


def _hand_over(address: str, is_whole: Callable[[], bool], key: bytes, fields: Any) -> None:
    try:
        handover.send_answer(address, key, fields if is_whole() else {"failure": "tampered"})
    finally:
        handover.leave(0)


def _live_on(slot: Slot, experiments: list[dict[str, Any]]) -> None:
    """Import what the experiments share, fork for each, and exit.

    Where the import fails, each experiment imports for itself in its fork. Where it leaves threads, which no
    fork would have, this ends silently.
    """
    confinement.detach(slot.output_write)
    address = slot.door.address
    fetch = functools.partial(handover.fetch_key, address)
    act = functools.partial(_import, slot, experiments)
    handover.run_with_key(fetch, act, functools.partial(_serve, slot, address, slot.is_whole))


def _import(slot: Slot, experiments: list[dict[str, Any]]) -> Any:
    from .imports import import_module
    from .programs import ways
    from .targets import is_script

    seconds = sum(float(e.get("timeout") or slot.limits.timeout) for e in experiments)
    missing = confinement.confine(slot.work, slot.limits, seconds, slot.limits.has_own_network)
    threads = _count_threads()
    sys.argv[:] = [experiments[0]["path"]]
    with contextlib.suppress(InconclusiveError):
        if not any(is_script(experiment) for experiment in experiments):  # each runs it, as a script
            import_module(experiments[0]["module"], experiments[0]["roots"], lambda _: None)
    if _count_threads() != threads:
        handover.leave(0)
    for path in sorted({experiment["path"] for experiment in experiments}):
        with contextlib.suppress(InconclusiveError):  # read here, so that no child needs to
            source_of(path)
            linecache.getlines(path)
    for experiment in experiments:
        with contextlib.suppress(InconclusiveError):
            ways(experiment)
    gc.collect()
    gc.freeze()
    return missing


def _serve(slot: Slot, address: str, is_whole: Callable[[], bool], key: bytes, missing: list[str]) -> None:
    """Fork for every experiment that the slot names, and tell when each has ended.

    Where the import has replaced functions that this calls, each experiment is to import for itself.
    """
    if not is_whole():
        handover.leave(0)
    channel = handover.open_channel(address, key)
    buffer = b""
    while True:
        data = channel.recv(1 << 16)
        if not data:
            handover.leave(0)
        *lines, buffer = (buffer + data).split(b"\n")
        for line in lines:
            pid = handover.fork()
            if pid == 0:
                try:
                    channel.close()
                    os.setsid()
                    experiment = handover.decode(line.decode("utf-8"))
                    act = functools.partial(_performed_below, slot, experiment, missing)
                    fetch = functools.partial(handover.fetch_key, address)
                    handover.run_with_key(fetch, act, functools.partial(_hand_over, address, is_whole))
                finally:
                    handover.leave(0)
            channel.sendall("pid {}\n".format(pid).encode())
            _, status = handover.wait(pid, 0)
            channel.sendall("ended {}\n".format(status).encode())


def _performed_below(slot: Slot, experiment: dict[str, Any], missing: list[str]) -> dict[str, Any]:
    folder = os.path.join(slot.work, str(os.getpid()))
    os.mkdir(folder)
    confinement.settle(folder)
    return _performed(slot, experiment, missing)


def _count_threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()
