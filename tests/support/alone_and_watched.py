"""Runs programs twice, alone and under a witness, and tells all that anybody could see of both runs.

`runs` is for tests. The other half (`python alone_and_watched.py`) is a process that imports torch once and
forks a child for each run; it reads the groups of programs as JSON and writes JSON.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

_PROCESSES = 2
# Addresses, numbers made of them by `id`, and the clock that torch prints.
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}|\b\d{14,}\b|(?<=[VIWE])\d{4} \d\d:[\d:.]+(?: \d+ )?")

_POOL = os.path.join("concurrent", "futures")


def runs(groups: Sequence[Sequence[tuple[str, str]]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return for each group of programs what came of it alone, and under a witness.

    A program is the path of a file, which runs as `__main__`, and a pattern of the names of functions in it
    that are called afterwards. Programs of one group run in one process, one after the other.
    """
    shares = [groups[start::_PROCESSES] for start in range(_PROCESSES)]
    with ThreadPoolExecutor(_PROCESSES) as pool:
        answers = list(pool.map(_ask, shares))
    return [answers[number % _PROCESSES][number // _PROCESSES] for number in range(len(groups))]


def _ask(groups: Sequence[Sequence[tuple[str, str]]]) -> list[Any]:
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(groups),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=900,
    )
    return list(json.loads(done.stdout))


def _serve() -> None:
    import torch

    from hookproof.verify.target.experiments import import_graphs
    from hookproof.verify.target.witness import Witness

    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(torch.nn.Linear(1, 1), torch.ones(1, 1))
        scripted = torch.jit.script(torch.nn.Linear(1, 1))
        for _ in range(2):  # the second time, torch reads its formulas of gradients
            scripted(torch.ones(1, 1))
        import_graphs()
    with Witness():
        pass  # so that no child has to compile torch's functions again
    gc.collect()
    gc.freeze()
    groups = json.load(sys.stdin)
    pairs = [[_in_child(group, contextlib.nullcontext), _in_child(group, Witness)] for group in groups]
    json.dump(pairs, sys.stdout)


def _in_child(group: list[tuple[str, str]], around: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        pid = os.fork()
        if pid == 0:
            try:
                os.chdir(folder)
                for number, name in ((1, "stdout"), (2, "stderr")):
                    os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), number)
                with around():
                    results = [_results(path, pattern) for path, pattern in group]
                sys.stdout.flush()
                sys.stderr.flush()
                Path("results").write_text(json.dumps(results), "utf-8")
            finally:
                os._exit(0)
        status = os.waitpid(pid, 0)[1]
        texts = {p.name: p.read_text("utf-8", "replace") for p in Path(folder).iterdir() if p.is_file()}
    results = json.loads(texts.pop("results", "null"))
    seen = {"status": status, "results": results, "files": sorted(texts)}
    return {**seen, **{name: _ADDRESS.sub("0x", texts.get(name, "")) for name in ("stdout", "stderr")}}


def _results(path: str, pattern: str) -> list[Any]:
    import torch

    torch.manual_seed(0)
    warnings.simplefilter("always")
    sys.path.insert(0, os.path.dirname(path))
    main = sys.modules["__main__"] = ModuleType("__main__")
    names = vars(main)
    names["__file__"] = path
    text = Path(path).read_text("utf-8")
    results = [_result(functools.partial(exec, compile(text, path, "exec", dont_inherit=True), names))]
    functions = [name for name, value in names.items() if re.fullmatch(pattern, name) and callable(value)]
    return results + [[name, _result(names[name])] for name in functions]


def _result(action: Any) -> Any:
    try:
        return _ADDRESS.sub("0x", repr(action()))
    except BaseException as error:
        frames = [[f.filename, _line(f), f.name] for f in traceback.extract_tb(error.__traceback__)]
        chain = [type(e).__name__ for e in (error, error.__cause__, error.__context__) if e is not None]
        return [chain, _ADDRESS.sub("0x", str(error)), frames]


def _line(frame: traceback.FrameSummary) -> int | None:
    """Return a frame's line, but for that in a pool: whether it waits for a result, the clock decides."""
    return None if _POOL in frame.filename else frame.lineno


if __name__ == "__main__":
    _serve()
