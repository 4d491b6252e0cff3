"""A slot runs one experiment at a time in a child of its own, and leaves nothing of it behind.

The slot's process runs no foreign code. Where the kernel allows it is the first process of a PID
namespace: nothing in there can name a process outside, or end or stop this one, and one call kills all
that is left of an experiment. Elsewhere what is left is found among the descendants.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import select
import signal
import time
from typing import Any, Callable

from . import groups, handover, integrity, kernel, removal
from .processes import Process, below, every, memory_of, own_memory
from .watched import LOOK_INTERVAL, Watched, describe_status

Perform = Callable[..., Any]  # (experiment, stage) -> answer; spelled so that Python 3.8 can evaluate it

_MAXIMAL_PROCESSES = 64
_MAXIMAL_THREADS = 1024  # of all processes together, ended ones that nobody waits for among them
_MAXIMAL_DISK = 1 << 30
_STAGE_SIZE = 256
_PART = 0.6  # of the time an experiment has left, that a round may take
_LEAST = 0.1  # of all its time, that any round may take
_MAXIMAL_ROUNDS = 1000
_CARRIED = ("round", "undecided", "kept")  # from a round to the next
_PATIENCE = 5.0  # seconds that killed processes may take to end


class Slot:
    """Runs lists of experiments and tells of each that it has started and what came of it.

    `is_apart` when this process is the first of a PID namespace.
    """

    def __init__(
        self,
        folder: str,
        perform: Perform,
        tell: Callable[[dict[str, Any]], None],
        limits: Any,
        is_apart: bool,
    ) -> None:
        self.perform, self.tell, self.limits, self.is_apart = perform, tell, limits, is_apart
        self._own_memory = own_memory()
        self.folder, self.work = folder, os.path.join(folder, "work")
        self.has_proc = False
        self.missing: list[str] = [] if is_apart else ["processes"]
        kernel.become_subreaper()
        kernel.close_to_others(True)
        if is_apart:
            self._mount()
        os.makedirs(self.work, exist_ok=True)
        self.door = handover.Doorkeeper(folder)
        self.stage = mmap.mmap(-1, _STAGE_SIZE)
        self.is_whole = integrity.note()  # nothing of the project has run in this process
        self.output, self.output_write = os.pipe()

    def _mount(self) -> None:
        """Take a mount namespace: with the own processes in /proc alone, and read-only but for `folder`."""
        kernel.unshare(kernel.NEWIPC)
        if not kernel.unshare(kernel.NEWNS):
            return
        self.has_proc = kernel.mount_own_proc()
        if not self.has_proc or not kernel.mount_all_read_only(self.limits.writable):
            return
        self.limits.is_read_only = kernel.mount_memory(self.folder, _MAXIMAL_DISK >> 20)
        if os.path.isdir("/dev/shm"):
            self.limits.has_own_memory = kernel.mount_memory("/dev/shm", _MAXIMAL_DISK >> 20)

    # --- lists of experiments -------------------------------------------------------------------------

    def run(self, experiments: list[dict[str, Any]]) -> None:
        """Run experiments on one module, one after another; they share its import if that can be."""
        left = list(experiments)
        while len(left) > 1:
            group = groups.Group(self, left)
            if not group.is_ready:
                if group.failure is not None:
                    for experiment in left:
                        self.tell({"started": experiment["id"]})
                        self.tell({"id": experiment["id"], "answer": group.failure})
                    return
                break
            while left and group.is_ready:
                self.run_one(left.pop(0), left, group)
            group.end()
        for index, experiment in enumerate(left):
            self.run_one(experiment, left[index + 1 :], None)

    def run_one(self, experiment: dict[str, Any], others: list[dict[str, Any]], group: Any) -> None:
        """Run one experiment, in as many rounds as it asks for, and tell its answer.

        A round gets a part of the time that is left, so that there is some for another way to ask. None
        starts once it is over.
        """
        self.tell({"started": experiment["id"]})
        identity = experiment["id"]
        whole = float(experiment.get("timeout") or self.limits.timeout)
        ends = time.monotonic() + whole
        while True:
            seconds = max(_PART * (ends - time.monotonic()), _LEAST * whole)
            is_shared = group is not None and group.is_ready
            fields = self._round(dict(experiment, timeout=seconds), group if is_shared else None)
            if fields.get("failure") == "timeout" and self._has_another(experiment, fields, ends):
                fields = _after_timeout(experiment, fields)
            if "round" not in fields:
                break
            if not _is_round(fields):
                fields = {"failure": "malformed"}
                break
            if time.monotonic() >= ends:
                fields = {"failure": "timeout", "stage": "its programs were run, one after another"}
                break
            experiment = dict(experiment, **{name: fields.get(name) for name in _CARRIED})
        learned = fields.pop("signature", None)
        if isinstance(learned, dict):
            groups.hand_on(learned, experiment, others)
        self.tell({"id": identity, "answer": fields})

    def _has_another(self, experiment: dict[str, Any], fields: dict[str, Any], ends: float) -> bool:
        """Tell whether a round that ran out of time may be followed by one that does not."""
        is_import = str(fields.get("stage", "")).startswith("importing")  # which each round would wait for
        return "scripts" not in experiment and not is_import and time.monotonic() < ends

    def _round(self, experiment: dict[str, Any], group: Any) -> dict[str, Any]:
        self._clear()
        seconds = float(experiment["timeout"])
        if group is not None:
            return self.answer_of(group.run(experiment, seconds))
        watched = Watched(self.fork(lambda: groups.live(self, experiment)), seconds)
        self.watch(watched, lambda: watched.is_answered)
        self.end_all(watched)
        return self.answer_of(watched)

    def fork(self, act: Callable[[], None]) -> int:
        """Fork a child that does `act` and nothing after it; return its number."""
        pid = os.fork()
        if pid == 0:
            try:
                act()
            finally:
                handover.leave(0)
        return pid

    # --- watching -----------------------------------------------------------------------------------

    def watch(self, watched: Watched, is_done: Callable[[], bool], control: Any = None) -> None:
        """Serve a process until `is_done`, it has ended or must be; what is in `control` is its `receive`."""
        while watched.failure is None and not is_done():
            sources = [self.door, self.output, *filter(None, (watched.connection, control))]
            ready, _, _ = select.select(sources, [], [], 0.05)
            if self.door in ready:
                connection = self.door.accept(watched.pid)
                if connection is not None:
                    watched.admit(connection)
            if self.output in ready:
                watched.note_output(os.read(self.output, 1 << 16))
            if watched.connection in ready and not watched.is_answered:
                watched.receive()
            if control is not None and control in ready:
                control.receive(watched)
            if not set(ready) - {self.output} and self._has_ended(watched):
                return
            self._look(watched)

    def _has_ended(self, watched: Watched) -> bool:
        if watched.status is not None:
            return True
        with contextlib.suppress(ChildProcessError):
            pid, status = os.waitpid(watched.pid, os.WNOHANG)
            if pid:
                watched.status = status
        return False  # once more around, for what it left in the socket

    def _look(self, watched: Watched) -> None:
        now = time.monotonic()
        if now > watched.deadline:
            watched.failure = "timeout"
        if now < watched.next_look:
            return
        watched.next_look = now + LOOK_INTERVAL
        others = self._below()
        alive, threads = sum(not each.is_dead for each in others), sum(each.threads for each in others)
        if alive > _MAXIMAL_PROCESSES or threads > _MAXIMAL_THREADS:
            watched.failure = "processes"
        elif memory_of(others, self._own_memory, self.limits.memory << 20) > self.limits.memory << 20:
            watched.failure = "memory"
        elif not getattr(self.limits, "is_read_only", False) and _size(self.work) > _MAXIMAL_DISK:
            watched.failure = "disk"

    def answer_of(self, watched: Watched) -> dict[str, Any]:
        """Return what a process has handed over, or why there is nothing."""
        if watched.failure is None and watched.received:
            fields = handover.decoded(bytes(watched.received), watched.key)
            return fields if fields is not None else {"failure": "malformed"}
        return {
            "failure": watched.failure or "crash",
            "detail": describe_status(watched.status),
            "stage": self._read_stage(),
            "output": watched.output.decode("utf-8", "replace"),
        }

    def tell_stage(self, text: str) -> None:
        """Note, from within an experiment, what it is at: read only to say where it ended."""
        data = text.encode("utf-8", "replace")[: _STAGE_SIZE - 1]
        self.stage[:] = data + bytes(_STAGE_SIZE - len(data))

    def _read_stage(self) -> str:
        text = bytes(self.stage).partition(b"\0")[0].decode("utf-8", "replace")
        return "".join(c for c in text if c.isprintable())

    # --- ending -------------------------------------------------------------------------------------

    def end_all(self, watched: Watched | None = None, kept: int = 0) -> None:
        """Kill every process of an experiment and wait for its end, but for `kept`."""
        if watched is not None and watched.pid != kept:
            with contextlib.suppress(OSError):
                os.killpg(watched.pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.kill(watched.pid, signal.SIGKILL)
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if self.is_apart and not kept:
                with contextlib.suppress(OSError):
                    os.kill(-1, signal.SIGKILL)  # everything in the namespace but this process
            others = [pid for pid in self.others() if pid != kept]
            for pid in others:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if not self._reap(watched, kept) and not others:
                return
            time.sleep(0.001)

    def _reap(self, watched: Watched | None, kept: int) -> bool:
        """Take the children that have ended; tell whether any is left but `kept`."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return not kept
            if watched is not None and pid == watched.pid:
                watched.status = status

    def others(self) -> list[int]:
        """Return the processes of the experiment: of the namespace, or the descendants of this one."""
        return [each.pid for each in self._below() if not each.is_dead]

    def _below(self) -> list[Process]:
        if self.is_apart:
            return [each for each in every() if each.pid != os.getpid()] if self.has_proc else []
        return below(os.getpid())

    def _clear(self) -> None:
        """Make the working folder new, and the socket where it was taken away."""
        self.tell_stage("")
        removal.remove(self.work, is_kept=True)
        with contextlib.suppress(OSError):
            os.makedirs(self.work, exist_ok=True)
        self.door.open()


def _is_round(fields: dict[str, Any]) -> bool:
    """Tell whether a request for another round is of the types that one has."""
    number, undecided, kept = (fields.get(name) for name in _CARRIED)
    is_number = isinstance(number, int) and 0 <= number <= _MAXIMAL_ROUNDS
    return is_number and isinstance(undecided, (list, type(None))) and isinstance(kept, (dict, type(None)))


def _after_timeout(experiment: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return the next round, which knows that the last one did not end."""
    if experiment.get("kept"):  # the same round, which decides by what is known
        carried = {name: experiment.get(name) for name in _CARRIED}
        return dict(carried, kept=dict(experiment["kept"], is_spent=True))
    during = " while {}".format(fields["stage"]) if fields.get("stage") else ""
    said = {"reason": "a program that reaches it did not finish in time" + during}
    number, undecided = experiment.get("round") or 0, experiment.get("undecided") or []
    unended = dict(said, name="", ran=True, is_open=True, masking=None, is_missed=False)
    return {"round": number + 1, "undecided": [*undecided, unended]}


def _size(folder: str) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(path, name)).st_blocks * 512
    return total
