"""The process that asks torch: reads experiments, one JSON object a line, and answers each with one line.

Runs in the target interpreter (Python 3.8 and torch 1.8 or newer) as a script; it and the files of `target`,
which it loads by path, import only the standard library and torch. torch is imported once, each experiment
runs in a forked child that can do no lasting harm (see `target/isolation.py`); where there is no fork, in a
fresh process.

Protocol: the first answer is `{"torch": …, "python": …}`, or `{"missing": …}` and exit status 3 where torch
cannot be imported; then `{"started": id}` and `{"id": id, …}` for every experiment, in any order.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import platform
import queue
import subprocess
import sys
import threading
from typing import Any, Callable

_PACKAGE = "_hookproof_target"


def main() -> int:
    """Serve experiments from stdin until it ends."""
    arguments = _parse_arguments()
    sys.path[:] = [
        p for p in sys.path if os.path.abspath(p or ".") != os.path.dirname(os.path.abspath(__file__))
    ]
    sys.dont_write_bytecode = True
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing that torch or a project prints may stand between the answers

    def answer(fields: dict[str, Any]) -> None:
        answers.write(json.dumps(fields) + "\n")
        answers.flush()

    try:
        torch = __import__("torch")
    except Exception as error:
        answer({"missing": "{}: {}".format(type(error).__name__, error)})
        return 3
    _load_target()
    warm_up()
    if arguments.one:
        # A process of its own has no fresh one to give each round, so here they follow each other.
        experiment = json.loads(sys.stdin.readline())
        while "round" in (fields := perform(experiment)):
            experiment.update(round=fields["round"], undecided=fields["undecided"])
        answer(fields)
        return 0
    answer({"torch": str(torch.__version__), "python": platform.python_version()})
    if hasattr(os, "fork") and not arguments.spawn:
        isolation = importlib.import_module(_PACKAGE + ".isolation")
        isolation.serve(0, perform, answer, arguments)
    else:
        _serve_by_spawning(answer, arguments)
    return 0


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=10.0)
    parser.add_argument("--memory", type=int, default=4096, help="MiB above what torch itself takes")
    parser.add_argument("--spawn", action="store_true", help="a fresh process for each experiment")
    parser.add_argument("--one", action="store_true", help="answer one experiment and exit")
    return parser.parse_args()


def _load_target() -> None:
    """Make the files beside this one importable under a name that no project has."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "target")
    spec = importlib.util.spec_from_file_location(
        _PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[_PACKAGE] = package
    spec.loader.exec_module(package)


def warm_up() -> None:
    """Compile and trace something small, so that no child pays for what torch does the first time."""
    importlib.import_module(_PACKAGE + ".experiments").warm_up()


def perform(experiment: dict[str, Any], stage: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Run one experiment, or one trial of scripts, in this process, telling `stage` what it is at."""
    result: dict[str, Any]
    if "scripts" in experiment:
        result = importlib.import_module(_PACKAGE + ".trial").perform(experiment)
    else:
        result = importlib.import_module(_PACKAGE + ".experiments").perform(experiment, stage)
    return result


def _serve_by_spawning(answer: Any, arguments: argparse.Namespace) -> None:
    """Answer with one process per experiment: slow, but all that is left where fork is missing."""
    waiting: queue.Queue[str] = queue.Queue()
    for line in sys.stdin:
        waiting.put(line)
    lock = threading.Lock()

    def drain() -> None:
        while True:
            try:
                line = waiting.get_nowait()
            except queue.Empty:
                return
            identity = json.loads(line)["id"]
            with lock:
                answer({"started": identity})
            fields = _spawn_one(line, arguments.timeout)
            with lock:
                answer(dict(fields, id=identity))

    threads = [threading.Thread(target=drain) for _ in range(arguments.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _spawn_one(line: str, timeout: float) -> dict[str, Any]:
    command = [sys.executable, os.path.abspath(__file__), "--one"]
    # Importing torch takes its own time, which the limit for the experiment does not count.
    try:
        process = subprocess.run(
            command,
            input=line,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=timeout + 60,
        )
        fields: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
        return fields
    except subprocess.TimeoutExpired:
        return {"failure": "timeout"}
    except (IndexError, ValueError):
        return {"failure": "crash", "detail": "exit status {}".format(process.returncode)}


if __name__ == "__main__":
    sys.exit(main())
