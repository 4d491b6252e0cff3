"""Asks the installed torch: runs programs in forked children of one process that has imported torch.

`Oracle.run` is for tests. The other half (`python torch_oracle.py`) is the process itself; it reads one
JSON request a line and answers with one line. A child per program keeps global hooks, compiled types and
crashes of one program away from all others.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import gc
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hookproof.verify.target.eager_program import EagerProgram

_LIMIT = 60.0  # seconds for one program
_CHILDREN = 2
AS_SCRIPT = "__main__"
Mode = Literal["as it is", "eager", "not exported", "otherwise"]
_Run = Callable[[str, "str | None"], dict[str, Any]]
_MAKES_GRAPHS = re.compile(r"torch\.(export|compile)|\bcompile\(|_dynamo")  # imports much when it does
_EXCERPT = re.compile(r'File "([^"]+)", line (\d+)')


@dataclass(frozen=True)
class Entered:
    """An entry point that a program came to: its line, the error it ended in, (hook, fate) of its hooks."""

    api: str
    line: int
    error: str
    fates: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Outcome:
    """What a program did: what it raised, or the pair it returned.

    `exception` holds the names of the exception's class and its bases, `frames` the lines of the traceback
    (file, line, function) from the outermost to the innermost. `printed` is what a watched program printed,
    `entries` what became of hooks at each entry point that it came to.
    """

    exception: tuple[str, ...] = ()
    message: str = ""
    frames: tuple[tuple[str, int, str], ...] = ()
    differs: bool | None = None
    values: str = ""
    printed: str = ""
    entries: tuple[Entered, ...] = ()

    @property
    def raised(self) -> bool:
        """Whether the program raised."""
        return bool(self.exception)

    @property
    def excerpts(self) -> tuple[tuple[str, int], ...]:
        """The places that torch's message names, as (file, line)."""
        return tuple((file, int(line)) for file, line in _EXCERPT.findall(self.message))

    def __str__(self) -> str:
        if self.raised:
            return f"raised {self.exception[0]}: {self.message}"
        return f"returned {self.values or 'nothing'}"


class Oracle:
    """The process that has imported torch."""

    def __init__(self) -> None:
        # Large pages make a fork of a process this big several times cheaper; malloc has to serve Python too.
        memory = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "PYTHONMALLOC": "malloc"}
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **memory},
        )
        self._is_prepared = False
        atexit.register(self.close)

    def run(self, path: Path, programs: Iterable[str | None]) -> dict[str | None, Outcome]:
        """Import `path` afresh for each of `programs` and call it.

        None stands for the file as a whole, whose variables `eager` and `scripted`, if it has them, are
        its pair; `AS_SCRIPT` for the file that is run as people run a script.
        """
        if _MAKES_GRAPHS.search(path.read_text("utf-8", "replace")):
            self.prepare_exports()
        answer = self._ask({"runs": [(str(path), program) for program in programs]})
        return {program: _outcome(fields) for program, fields in answer}

    def watch(self, scripts: Sequence[Path], modes: Sequence[Mode]) -> list[list[Outcome]]:
        """Run each script under a witness, as people run it, in each of the modes; note what it prints."""
        runs = [(str(path), mode) for path in scripts for mode in modes]
        outcomes = [_outcome(fields) for _, fields in self._ask({"runs": runs, "watched": True})]
        return [outcomes[n : n + len(modes)] for n in range(0, len(outcomes), len(modes))]

    def prepare_exports(self) -> None:
        """Have the process import what exporting and compiling need, once for all programs."""
        if not self._is_prepared:
            self._ask({"exports": True, "runs": []})
            self._is_prepared = True

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


@functools.cache
def oracle() -> Oracle:
    """Return the one oracle of this test run."""
    return Oracle()


def _outcome(fields: dict[str, Any]) -> Outcome:
    fields["exception"] = tuple(fields.get("exception", ()))
    fields["frames"] = tuple(tuple(frame) for frame in fields.get("frames", ()))
    fields["entries"] = tuple(
        Entered(api, line, error, tuple(map(tuple, fates)))
        for api, line, error, fates in fields.get("entries", ())
    )
    return Outcome(**fields)


# --- the process with torch -------------------------------------------------------------------------


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)  # programs print
    _warm_up()
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("exports"):
            _warm_up_exports()
        run = _run_watched if request.get("watched") else _run
        answers.write(json.dumps(_run_all(request["runs"], run)) + "\n")
        answers.flush()


def _warm_up() -> None:
    """Compile and trace something, so that no child pays for torch's own first time."""
    import warnings

    warnings.simplefilter("ignore")
    import torch

    class Own(torch.nn.Module):  # the first type made from a class is special: no program must miss it
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * x

    torch.set_num_threads(1)
    scripted = torch.jit.script(Own())
    for _ in range(2):  # the second time, torch reads its formulas of gradients
        scripted(torch.zeros(1, 1, requires_grad=True))
    torch.jit.trace(Own(), torch.zeros(1, 1))
    # Without this every collection in a child would use, and so copy, all that torch's import has made.
    gc.collect()
    gc.freeze()


def _warm_up_exports() -> None:
    """Export something in each way, so that no child pays for what torch imports only then."""
    from hookproof.verify.target.experiments import import_graphs

    import_graphs()
    gc.collect()
    gc.freeze()


def _run_all(runs: list[tuple[str, str | None]], run: _Run) -> list[tuple[str | None, dict[str, Any]]]:
    waiting = list(enumerate(runs))
    answers: list[dict[str, Any]] = [{} for _ in runs]
    running: dict[int, tuple[int, int, float, bytearray]] = {}
    while waiting or running:
        while waiting and len(running) < _CHILDREN:
            index, (path, program) = waiting.pop(0)
            pipe, pid = _start(path, program, run)
            running[pipe] = (index, pid, time.monotonic() + _LIMIT, bytearray())
        ready, _, _ = select.select(list(running), [], [], 0.5)
        for pipe in list(running):
            index, pid, deadline, data = running[pipe]
            chunk = os.read(pipe, 1 << 16) if pipe in ready else None
            if chunk:
                data += chunk
            elif chunk == b"" or time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                status = os.waitpid(pid, 0)[1]
                os.close(pipe)
                del running[pipe]
                lost = {"exception": ["Lost"], "message": f"the program ended with status {status}"}
                answers[index] = json.loads(data) if data else lost
    return [(program, answer) for (_, program), answer in zip(runs, answers, strict=True)]


def _start(path: str, program: str | None, run: _Run) -> tuple[int, int]:
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return read, pid
    os.close(read)
    answer = run(path, program)
    with os.fdopen(write, "w") as pipe:
        json.dump(answer, pipe)
    os._exit(0)


def _run(path: str, program: str | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            if program == AS_SCRIPT:
                _run_as_script(path)
                return {}
            module = _imported(path)
            if program is None:
                names = vars(module)
                pair = (names["eager"], names["scripted"]) if "eager" in names else None
            else:
                pair = getattr(module, program)()
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                return {}  # a program that raises, but that it was fixed
            eager, scripted = pair
            return {"differs": not _equal(eager, scripted), "values": f"{eager!r} and {scripted!r}"}
        except BaseException as error:
            return _described(error)
        finally:
            os.chdir("/")


def _run_watched(path: str, mode: str | None) -> dict[str, Any]:
    """Run a script and return what it, or code compiled from it, printed after `---`."""
    from hookproof.verify.target.witness import Witness

    if mode in {"eager", "not exported"}:
        _stay_eager(is_run=mode == "eager")
    arguments = ["argument"] * 99 if mode == "otherwise" else []
    watched = contextlib.nullcontext() if mode in {"eager", "not exported"} else Witness()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        printed = os.open("printed", os.O_RDWR | os.O_CREAT)
        os.dup2(printed, 1)
        try:
            with watched as witness:
                _run_as_script(path, *arguments)
            answer: dict[str, Any] = {}
        except BaseException as error:
            answer = _described(error)
        sys.stdout.flush()
        ctypes.CDLL(None).fflush(None)  # compiled code prints by itself
        text = Path("printed").read_text("utf-8", "replace")
        os.chdir("/")
    entries = _entries(witness) if witness else []
    return {**answer, "printed": text.partition("---\n")[2], "entries": entries}


def _entries(witness: Any) -> list[Any]:
    names = {each["number"]: each["hook"]["name"] for each in witness.report()["registrations"]}
    return [
        (
            entry.api,
            entry.chain[0].line if entry.chain else 0,
            entry.error.type if entry.error else "",
            [(names.get(fate.registration, "?"), fate.fate) for fate in entry.hooks],
        )
        for entry in witness.entries
    ]


def _stay_eager(*, is_run: bool) -> None:
    """Replace the entry points by functions that give back the module they are given.

    `is_run` says that an export runs it, as it does in truth: not in all ways, and what that run leaves on
    the module is put back.
    """
    import copy

    import torch

    saved: dict[str, torch.nn.Module] = {}
    for name in ("script", "freeze", "optimize_for_inference"):
        setattr(torch.jit, name, lambda module, *_, **__: module)
    torch.jit.trace = _called_as_by_trace  # type: ignore[assignment]
    torch.jit.save = lambda module, path: saved.update({path: copy.deepcopy(module)})  # type: ignore[assignment]
    torch.jit.load = saved.__getitem__  # type: ignore[assignment]
    _export_nothing(is_run=is_run)


def _export_nothing(*, is_run: bool) -> None:
    """Replace the entry points of `torch.export` by functions that keep to the eager module."""
    import torch

    class Program(EagerProgram):
        def __getattr__(self, name: str) -> Any:
            return getattr(self._source, name)

    def export(mod: Any, args: Any = (), kwargs: Any = None, **_: Any) -> Program:
        if is_run:
            mod(*args, **(kwargs or {}))
        return Program(mod)

    saved: dict[str, Program] = {}
    torch.export.export = export  # type: ignore[assignment]
    torch.export.draft_export = export  # type: ignore[assignment]
    torch.export.save = lambda program, path, **_: saved.update({path: program})  # type: ignore[assignment]
    torch.export.load = saved.__getitem__  # type: ignore[assignment]
    torch.export.unflatten = lambda program, **_: program.module()


def _called_as_by_trace(module: Any, inputs: Any, **_: Any) -> Any:
    """Call a module as `torch.jit.trace` does, so that a hook that fails by itself fails in eager mode."""
    module(*inputs if isinstance(inputs, tuple) else (inputs,))
    return module


def _run_as_script(path: str, *arguments: str) -> None:
    """Run a file as `python FILE` does; leaving with status 0 is an end like any other."""
    import runpy

    sys.path.insert(0, str(Path(path).parent))
    sys.argv = [path, *arguments]
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as leaving:
        if leaving.code:
            raise


def _imported(path: str) -> Any:
    import importlib

    sys.path.insert(0, str(Path(path).parent))
    sys.dont_write_bytecode = True
    return importlib.import_module(Path(path).stem)


def _described(error: BaseException) -> dict[str, Any]:
    frames = [[f.filename, f.lineno, f.name] for f in traceback.extract_tb(error.__traceback__)]
    names = [cls.__name__ for cls in type(error).__mro__]
    return {"exception": names, "message": str(error), "frames": frames}


def _equal(first: Any, second: Any) -> bool:
    import torch

    if isinstance(first, torch.Tensor) or isinstance(second, torch.Tensor):
        both = isinstance(first, torch.Tensor) and isinstance(second, torch.Tensor)
        return both and torch.equal(first, second)
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(_equal, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_equal(first[key], second[key]) for key in first)
    return bool(first == second)


if __name__ == "__main__":
    _serve()
