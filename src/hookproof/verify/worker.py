"""The process that asks torch: reads experiments, one JSON object a line, and answers each with one line.

Runs in the target interpreter (Python 3.8 and torch 1.8 or newer) as a script; it and the files of
`target`, which it loads by path, import only the standard library and torch. This process itself imports
no torch and runs no foreign code: it keeps the key, signs the answers, and ends everything below it when
it ends. Below are the scheduler, which imports torch once, its slots (`target/slot.py`), and in these the
experiments. Where there is no fork, each experiment is a fresh process.

Protocol: the first line read is a key, each further one an experiment. A line written is the HMAC of its
JSON with that key, a space, and the JSON. The first is `{"torch": …, "python": …}`, or, with exit status 3,
`{"missing": …}` where torch cannot be imported and `{"refused": …}` where nothing can be run; then
`{"started": id}` and `{"id": id, "answer": {…}}` for every experiment, in any order.
"""

from __future__ import annotations

import argparse
import builtins
import contextlib
import hashlib
import hmac
import importlib
import importlib.machinery
import importlib.util
import json
import os
import platform
import queue
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any, Callable

_PACKAGE = "_hookproof_target"
_KEY_SIZE = 32


def main() -> int:
    """Serve experiments from stdin until it ends."""
    arguments = _parse_arguments()
    sys.path[:] = [
        p for p in sys.path if os.path.abspath(p or ".") != os.path.dirname(os.path.abspath(__file__))
    ]
    sys.dont_write_bytecode = True
    _load_target()
    if arguments.one:
        return _answer_one()
    if hasattr(os, "fork") and not arguments.spawn:
        try:
            warden = _Warden(arguments)
        except OSError as error:
            return _refuse(error)
        return warden.serve()
    return _serve_by_spawning(arguments)


def _refuse(error: OSError) -> int:
    """Say why nothing can be run here."""
    key = sys.stdin.buffer.readline().strip()
    _write_signed(key, json.dumps({"refused": error.strerror or str(error)}).encode())
    return 3


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=10.0)
    parser.add_argument("--memory", type=int, default=4096, help="MiB above what torch itself takes")
    parser.add_argument("--writable", action="append", default=[], help="a folder experiments may write in")
    parser.add_argument("--spawn", action="store_true", help="a fresh process for each experiment")
    parser.add_argument("--one", action="store_true", help="answer one experiment and exit")
    return parser.parse_args()


# --- loading what runs here -------------------------------------------------------------------------


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a file with builtins of its own, so that a project which replaces some replaces none here."""

    def exec_module(self, module: Any) -> None:
        module.__dict__["__builtins__"] = dict(vars(builtins))
        super().exec_module(module)


class _Finder:
    """Finds the files beside this one under a name that no project has."""

    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "target")

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return where a module of the package is."""
        if name != _PACKAGE and not name.startswith(_PACKAGE + "."):
            return None
        base = os.path.join(self.folder, *name.split(".")[1:])
        is_package = os.path.isdir(base)
        file = os.path.join(base, "__init__.py") if is_package else base + ".py"
        if not os.path.isfile(file):
            return None
        return importlib.util.spec_from_file_location(
            name,
            file,
            loader=_Loader(name, file),
            submodule_search_locations=[base] if is_package else None,
        )


def _load_target() -> None:
    sys.meta_path.insert(0, _Finder())


def _target(name: str) -> Any:
    return importlib.import_module("{}.{}".format(_PACKAGE, name))


def import_torch() -> dict[str, Any]:
    """Import torch and what experiments need of it; return what the worker says first."""
    try:
        torch = __import__("torch")
        warm_up()
        _target("notebooks").install()
    except Exception as error:
        return {"missing": "{}: {}".format(type(error).__name__, error)}
    return {"torch": str(torch.__version__), "python": platform.python_version()}


def warm_up() -> None:
    """Compile and trace something small, so that no child pays for what torch does the first time."""
    _target("experiments").warm_up()


def perform(experiment: dict[str, Any], stage: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Run one experiment or trial of scripts or a repair, in this process; `stage` is told of it."""
    result: dict[str, Any]
    if "scripts" in experiment:
        result = _target("trial").perform(experiment)
    elif "before" in experiment:
        result = _target("repaired").perform(experiment)
    else:
        result = _target("experiments").perform(experiment, stage)
    return result


# --- with fork ----------------------------------------------------------------------------------------


class _Warden:
    """Holds the key and the pipes to the linter, and ends everything below it when it ends."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.kernel = _target("kernel")
        self.folder = tempfile.mkdtemp(prefix="hookproof-")
        try:
            self._begin(arguments)
        except OSError:
            os.chdir(os.sep)
            _target("removal").remove(self.folder)
            raise

    def _begin(self, arguments: argparse.Namespace) -> None:
        """Start the scheduler, apart from other processes where that can be."""
        os.chdir(self.folder)
        os.environ["HOME"] = self.folder
        self.parent = os.getppid()
        for name in ("SIGTERM", "SIGHUP", "SIGINT"):
            signal.signal(getattr(signal, name), lambda *_: sys.exit(143))
        enter, net = self.kernel.enter_user_namespace, self.kernel.NEWNET
        self.is_apart = enter(self.kernel.NEWPID | net)
        arguments.has_own_network = self.is_apart or enter(net)
        self.kernel.become_subreaper()
        self.kernel.close_to_others(True)
        self.channel, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.channel.close()
            try:
                _schedule(theirs, arguments, self.folder)
            finally:
                os._exit(0)
        theirs.close()

    def serve(self) -> int:
        """Hand experiments down and signed answers up until all is done."""
        try:
            return self._relay()
        finally:
            for name in ("SIGTERM", "SIGHUP", "SIGINT"):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
            self._end()

    def _relay(self) -> int:
        received, key, is_open, status = b"", b"", True, 0
        buffer = b""
        while True:
            sources: list[Any] = [self.channel, 0] if is_open else [self.channel]
            ready, _, _ = select.select(sources, [], [], 0.5)
            if 0 in ready:
                data = os.read(0, 1 << 16)
                received += data
                if not key and b"\n" in received:
                    key, _, received = received.partition(b"\n")
                if key and received:
                    self.channel.sendall(received)
                    received = b""
                if not data:
                    is_open = False
                    self.channel.shutdown(socket.SHUT_WR)
            if self.channel in ready and key:
                data = self.channel.recv(1 << 16)
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    status = 3 if line.startswith(b'{"missing"') else status
                    _write_signed(key, line)
                if not data:
                    return status
            if os.getppid() != self.parent:
                return 143

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            if not self.is_apart:
                os.kill(self.pid, signal.SIGTERM)
                deadline = time.monotonic() + 3
                while time.monotonic() < deadline and os.waitpid(self.pid, os.WNOHANG)[0] == 0:
                    time.sleep(0.01)
            os.kill(self.pid, signal.SIGKILL)  # with it goes all that is in its namespace
        with contextlib.suppress(OSError):
            os.waitpid(self.pid, 0)
        if not self.is_apart:
            self._sweep()
        os.chdir(os.sep)
        _target("removal").remove(self.folder)

    def _sweep(self) -> None:
        """Kill what is left below: orphans come to this process, the subreaper."""
        below = _target("processes").below
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            left = [process.pid for process in below(os.getpid()) if not process.is_dead]
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if not left:
                return
            time.sleep(0.005)


def _schedule(channel: socket.socket, arguments: argparse.Namespace, folder: str) -> None:
    """Be the scheduler: import torch, say so, and run what comes."""
    kernel, scheduler = _target("kernel"), _target("scheduler")
    kernel.end_with_parent(signal.SIGKILL)
    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)

    def answer(fields: dict[str, Any]) -> None:
        channel.sendall(json.dumps(fields).encode() + b"\n")

    hello = import_torch()
    answer(hello)
    if "missing" not in hello:
        scheduler.serve(channel, perform, answer, arguments, folder)


def _write_signed(key: bytes, line: bytes) -> None:
    signature = hmac.new(key, line, hashlib.sha256).hexdigest().encode()
    data = signature + b" " + line + b"\n"
    while data:
        data = data[os.write(1, data) :]


# --- without fork -------------------------------------------------------------------------------------


def _answer_one() -> int:
    """Answer one experiment: the first line of stdin is the key that the answer must bear."""
    handover = _target("handover")
    answers = os.dup(1)
    os.dup2(2, 1)  # what torch or a project prints is no answer

    def run() -> dict[str, Any]:
        hello = import_torch()
        if "missing" in hello:
            return hello
        experiment = json.loads(sys.stdin.readline())
        # A process of its own has no fresh one to give each round, so here they follow each other.
        while "round" in (fields := perform(experiment)):
            carried = {name: fields.get(name) for name in ("round", "undecided", "kept")}
            if carried["kept"]:
                carried["kept"]["is_spent"] = True
            experiment.update(carried)
        return fields

    def write(key: bytes, fields: dict[str, Any]) -> None:
        data = b"\n" + key + handover.encode(fields) + b"\n"
        while data:
            data = data[os.write(answers, data) :]

    handover.run_with_key(lambda: sys.stdin.readline().strip().encode(), run, write)
    return 0


def _serve_by_spawning(arguments: argparse.Namespace) -> int:
    """Answer with one process per experiment: slow, but all that is left where fork is missing."""
    key = sys.stdin.readline().strip().encode()
    lock = threading.Lock()

    def answer(fields: dict[str, Any]) -> None:
        with lock:
            _write_signed(key, json.dumps(fields).encode())

    try:
        torch = __import__("torch")
    except Exception as error:
        answer({"missing": "{}: {}".format(type(error).__name__, error)})
        return 3
    answer({"torch": str(torch.__version__), "python": platform.python_version()})
    waiting: queue.Queue[str] = queue.Queue()
    for line in sys.stdin:
        waiting.put(line)

    def drain() -> None:
        while True:
            try:
                line = waiting.get_nowait()
            except queue.Empty:
                return
            identity = json.loads(line)["id"]
            answer({"started": identity})
            answer({"id": identity, "answer": _spawn_one(line, arguments.timeout)})

    threads = [threading.Thread(target=drain) for _ in range(arguments.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


def _spawn_one(line: str, timeout: float) -> dict[str, Any]:
    command = [sys.executable, os.path.abspath(__file__), "--one"]
    key = os.urandom(_KEY_SIZE // 2).hex()
    # Importing torch takes its own time, which the limit for the experiment does not count.
    with tempfile.TemporaryDirectory(prefix="hookproof-") as folder:
        try:
            process = subprocess.run(
                command,
                input="{}\n{}".format(key, line).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                timeout=timeout + 60,
            )
        except subprocess.TimeoutExpired:
            return {"failure": "timeout"}
    parse = _target("handover").parsed
    for text in process.stdout.split(b"\n"):
        if text.startswith(key.encode()):
            return parse(text[_KEY_SIZE:]) or {"failure": "malformed"}
    return {"failure": "crash", "detail": "exit status {}".format(process.returncode)}


if __name__ == "__main__":
    sys.exit(main())
