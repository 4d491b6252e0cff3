"""Times hookproof beside other tools on a source tree, and says it in ratios of one run.

    python bench/run.py PATH [--pairs 5] [--output figures.json]

Every tool runs as a whole process, `ruff check --isolated --no-cache --select F,B` and each of the others in
turn, A B A B …, so that a machine whose speed drifts does not tell on one of them alone. Nothing is
downloaded; a tool that is not installed is left out. Peak memory is that of the largest single process.
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
import time
from collections.abc import Iterator

_PARSE_ALL = (
    "import ast, os, sys\n"
    "for folder, _, names in os.walk(sys.argv[1]):\n"
    "    for name in names:\n"
    "        if name.endswith('.py'):\n"
    "            ast.parse(open(os.path.join(folder, name), 'rb').read())\n"
)


def main() -> None:
    """Run the comparison and print a table of medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--only", nargs="*", help="names of the tools to run, all if left out")
    parser.add_argument("--output", help="write the figures as JSON to this file")
    arguments = parser.parse_args()
    ruff = [
        *_module("ruff"),
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "F,B",
        "--quiet",
        arguments.path,
    ]
    figures = {}
    for name, command in _tools(arguments.path):
        if arguments.only and name not in arguments.only:
            continue
        figures[name] = _compare(command, ruff, arguments.pairs)
        print(_row(name, figures[name]), flush=True)
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=2)


def _tools(path: str) -> Iterator[tuple[str, list[str]]]:
    hookproof = _module("hookproof")
    yield "hookproof check", [*hookproof, "check", "--isolated", "--quiet", path]
    yield (
        "hookproof check --assume-scripted",
        [*hookproof, "check", "--isolated", "--quiet", "--assume-scripted", path],
    )
    yield "hookproof hooks", [*hookproof, "hooks", path, "--output-format", "json"]
    yield "ast.parse of all files", [sys.executable, "-c", _PARSE_ALL, path]
    if importlib.util.find_spec("flake8"):
        flake8 = [*_module("flake8"), "--isolated", "-j2", "--exit-zero"]
        yield "flake8 --select F", [*flake8, "--select", "F", path]
        yield "flake8 --select F,HKP", [*flake8, "--select", "F,HKP", path]
        if importlib.util.find_spec("bugbear"):
            yield "flake8 --select F,B", [*flake8, "--select", "F,B", path]
    for tool in ("torchfix", "fixit"):
        if found := shutil.which(tool):
            yield tool, [found, *(["lint"] if tool == "fixit" else []), path]


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def _compare(command: list[str], ruff: list[str], pairs: int) -> dict[str, float]:
    """Run both in turn after one warm-up and return medians: seconds, ratio to ruff, peak memory in MB."""
    _seconds(command)
    _seconds(ruff)
    runs = [(_seconds(command), _seconds(ruff)) for _ in range(pairs)]
    return {
        "seconds": statistics.median(own for (own, _), _ in runs),
        "ruff seconds": statistics.median(other for _, (other, _) in runs),
        "ratio": statistics.median(own / other for (own, _), (other, _) in runs),
        "peak MB": max(peak for (_, peak), _ in runs),
    }


def _seconds(command: list[str]) -> tuple[float, float]:
    """Return wall seconds and the peak memory in MB of one run."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    scale = 1 if sys.platform == "darwin" else 1024
    return time.perf_counter() - start, _peak(usage) * scale / 2**20


def _peak(usage: resource.struct_rusage) -> int:
    return usage.ru_maxrss


def _row(name: str, figure: dict[str, float]) -> str:
    return (
        f"{name:34} {figure['seconds']:8.2f} s   {figure['ratio']:7.2f} x ruff "
        f"({figure['ruff seconds']:.2f} s)   {figure['peak MB']:6.0f} MB"
    )


if __name__ == "__main__":
    main()
