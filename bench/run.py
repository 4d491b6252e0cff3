"""Times hookproof beside other tools on a source tree, and says it in ratios of one run.

    python bench/run.py PATH [--pairs 5] [--output figures.json] [--plot figures.svg]

Every tool runs as a whole process, `ruff check --isolated --no-cache --select F,B` and each of the others in
turn, A B A B …, so that a machine whose speed drifts does not tell on one of them alone. Nothing is
downloaded; a tool that is neither beside this Python nor on PATH is left out. Peak memory is that of the
largest single process. `touched` sets the time of one file anew before each run, `edited` adds a comment to
it: work on a copy. `--small` measures one small file instead, against ruff and Python's own start together.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from plot import bars

_PARSE_ALL = (
    "import ast, os, sys\n"
    "for folder, _, names in os.walk(sys.argv[1]):\n"
    "    for name in names:\n"
    "        if name.endswith('.py'):\n"
    "            ast.parse(open(os.path.join(folder, name), 'rb').read())\n"
)
# flake8 runs every plugin that is installed, whatever is selected.
_WITHOUT_PLUGIN = (
    "import importlib.metadata, runpy\n"
    "every = importlib.metadata.distributions\n"
    "importlib.metadata.distributions = lambda: [each for each in every() if each.name != 'hookproof']\n"
    "runpy.run_module('flake8', run_name='__main__', alter_sys=True)\n"
)


class Tool(NamedTuple):
    """A command, and what happens before each of its runs."""

    name: str
    command: list[str]
    prepare: Callable[[], None] = lambda: None


def main() -> None:
    """Run the comparison and print a table of medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("path", nargs="?", default=os.curdir)
    parser.add_argument("--small", action="store_true", help="measure the check of one small file")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--only", nargs="*", help="names of the tools to run, all if left out")
    parser.add_argument("--edit", metavar="FILE", help="a file of a copy that may be touched and edited")
    parser.add_argument("--output", help="write the figures as JSON to this file")
    parser.add_argument("--plot", help="write the ratios as an SVG picture to this file")
    arguments = parser.parse_args()
    # Python keeps what it has compiled, as it does wherever people have not switched that off.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    ruff = [*_program("ruff"), "check", "--isolated", "--no-cache", "--select", "F,B", "--quiet"]
    if arguments.small:
        _small_file(ruff, arguments.pairs)
        return
    figures = {}
    with tempfile.TemporaryDirectory() as cache:
        for tool in _tools(arguments.path, cache, arguments.edit):
            if not arguments.only or tool.name in arguments.only:
                figures[tool.name] = _compare(tool, [*ruff, arguments.path], arguments.pairs)
                print(_row(tool.name, figures[tool.name]), flush=True)
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=2)
    if arguments.plot:
        with open(arguments.plot, "w", encoding="utf-8") as file:
            ratios = {name: figure["ratio"] for name, figure in figures.items()}
            file.write(bars("wall time, ruff check --select F,B = 1", {"ruff": 1.0, **ratios}))


def _tools(path: str, cache: str, edited: str | None) -> Iterator[Tool]:
    hookproof = _program("hookproof")
    check = [*hookproof, "check", "--isolated", "--quiet", path]
    cached = [*check, "--cache-dir", cache]
    yield Tool("hookproof check, cold", [*check, "--no-cache"])
    yield Tool("hookproof check, cold, -j1", [*check, "--no-cache", "-j1"])
    yield Tool("hookproof check, cold, --assume-scripted", [*check, "--no-cache", "--assume-scripted"])
    yield Tool("hookproof check, warm", cached)
    if edited:
        yield Tool("hookproof check, one file touched", cached, lambda: os.utime(edited))
        yield Tool("hookproof check, one file edited", cached, lambda: _append(edited))
    yield Tool("hookproof hooks, cold", [*hookproof, "hooks", path, "--no-cache", "--output-format", "json"])
    yield Tool("ast.parse of all files", [sys.executable, "-c", _PARSE_ALL, path])
    if importlib.util.find_spec("flake8"):
        flake8 = [sys.executable, "-m", "flake8", "--isolated", "-j2", "--exit-zero"]
        without = [sys.executable, "-c", _WITHOUT_PLUGIN, *flake8[3:]]
        yield Tool("flake8 --select F, plugin hidden", [*without, "--select", "F", path])
        yield Tool("flake8 --select F,HKP", [*flake8, "--select", "F,HKP", path])
        if importlib.util.find_spec("bugbear"):
            yield Tool("flake8 --select F,B", [*flake8, "--select", "F,B", path])
    for name in ("torchfix", "fixit"):
        if found := shutil.which(name):
            yield Tool(name, [found, *(["lint"] if name == "fixit" else []), path])


def _append(path: str) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write("# edited\n")


def _program(name: str) -> list[str]:
    """Return how a tool is called: the program beside this Python if there is one, as people call it."""
    beside = os.path.join(os.path.dirname(sys.executable), name)
    return [beside if os.path.exists(beside) else name]


def _small_file(ruff: list[str], pairs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "small.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write("import torch\n\n\ndef f(x):\n    return torch.relu(x)\n")
        own = [*_program("hookproof"), "check", "--isolated", "--no-cache", "--quiet", path]
        commands = (own, [*ruff, path], [sys.executable, "-c", "pass"])
        runs = [tuple(_measure(command).wall for command in commands) for _ in range(10 * pairs + 1)][1:]
    medians = [1000 * statistics.median(times) for times in zip(*runs, strict=True)]
    ratio = statistics.median(own / (other + start) for own, other, start in runs)
    print(f"hookproof {medians[0]:.1f} ms, ruff {medians[1]:.1f} ms, Python's start {medians[2]:.1f} ms")
    print(f"hookproof / (ruff + Python's start): {ratio:.2f}")


def _compare(tool: Tool, ruff: list[str], pairs: int) -> dict[str, float]:
    """Run both in turn after one warm-up and return medians: seconds, ratio to ruff, peak memory in MB."""
    runs = []
    for _ in range(pairs + 1):
        tool.prepare()
        runs.append((_measure(tool.command), _measure(ruff)))
    del runs[0]
    return {
        "seconds": statistics.median(own.wall for own, _ in runs),
        "cpu seconds": statistics.median(own.cpu for own, _ in runs),
        "ruff seconds": statistics.median(other.wall for _, other in runs),
        "ruff cpu seconds": statistics.median(other.cpu for _, other in runs),
        "ratio": statistics.median(own.wall / other.wall for own, other in runs),
        "cpu ratio": statistics.median(own.cpu / other.cpu for own, other in runs),
        "peak MB": max(own.peak for own, _ in runs),
    }


class Figures(NamedTuple):
    """Wall and CPU seconds and peak memory in MB of one run."""

    wall: float
    cpu: float
    peak: float


def _measure(command: list[str]) -> Figures:
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    wall = time.perf_counter() - start
    return Figures(wall, usage.ru_utime + usage.ru_stime, _peak(usage))


def _peak(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 2**20


def _row(name: str, figure: dict[str, float]) -> str:
    return (
        f"{name:40} {figure['seconds']:7.2f} s {figure['ratio']:6.2f} x ruff's {figure['ruff seconds']:.2f},"
        f" {figure['cpu ratio']:6.2f} x its CPU time, {figure['peak MB']:4.0f} MB"
    )


if __name__ == "__main__":
    main()
