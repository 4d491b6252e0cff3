"""What the plugin adds to flake8: the same run with it and without, in turn, on the same tree.

    python bench/flake8_pair.py PATH... [--pairs 3] [--jobs 2] [--output figures.json]

`without` is `flake8 --select F` with the plugin hidden, as flake8 runs every plugin that is installed,
whatever is selected. `cold` and `warm` are `flake8 --select F,HKP`, without a cache and with that of the run
before. CPU time is that of all processes together. Where other work keeps the machine so busy that even that
is no measure, read the last figure: what the plugin itself used, as a share of what the rest of its run used.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from typing import NamedTuple

from run import _WITHOUT_PLUGIN, Figures, _measure

_CACHE = ".hookproof_cache"
_OWN = "own.json"
# Counts what importing and analysing take, its pool included, in the process that forks the workers.
_COUNTING = f"""\
import json, os, runpy
def cpu():
    return sum(os.times()[:4])
start = cpu()
import hookproof.flake8_plugin
from hookproof.by_file import ByFile
own = cpu() - start
plain = ByFile.analyse
def analyse(self, paths):
    global own
    if tuple(paths) in self._analysed:
        return
    start = cpu()
    plain(self, paths)
    own += cpu() - start
    with open({_OWN!r}, "w") as file:
        json.dump(own, file)
ByFile.analyse = analyse
runpy.run_module("flake8", run_name="__main__", alter_sys=True)
"""


class Round(NamedTuple):
    """The figures of three runs, and the CPU seconds that the plugin itself used in two of them."""

    without: Figures
    cold: Figures
    cold_own: float
    warm: Figures
    warm_own: float


def main() -> None:
    """Run the rounds and print the ratio of each, and their medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", help="write the figures as JSON to this file")
    arguments = parser.parse_args()
    paths = [os.path.abspath(path) for path in arguments.paths]
    options = ["--isolated", f"-j{arguments.jobs}", "--exit-zero"]
    plain = [sys.executable, "-c", _WITHOUT_PLUGIN, *options, "--select=F", *paths]
    plugged = [sys.executable, "-c", _COUNTING, *options, "--select=F,HKP", *paths]
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # the plugin keeps its cache here
        for _ in range(arguments.pairs):
            without = _measure(plain)
            rounds.append(Round(without, *_plugged(plugged), *_plugged(plugged)))
            shutil.rmtree(_CACHE)
            print(_row(rounds[-1:]), flush=True)
    print(f"median: {_row(rounds)}")
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            json.dump([each._asdict() for each in rounds], file)


def _plugged(command: list[str]) -> tuple[Figures, float]:
    """Return the figures of a run with the plugin, and the CPU seconds of the plugin alone."""
    figures = _measure(command)
    with open(_OWN, encoding="utf-8") as file:
        return figures, json.load(file)


def _row(rounds: list[Round]) -> str:
    parts = [f"without {statistics.median(each.without.cpu for each in rounds):.1f} s CPU"]
    for name, with_plugin, own in (
        ("cold", [each.cold for each in rounds], [each.cold_own for each in rounds]),
        ("warm", [each.warm for each in rounds], [each.warm_own for each in rounds]),
    ):
        pairs = list(zip(rounds, with_plugin, strict=True))
        wall = statistics.median(plugged.wall / each.without.wall for each, plugged in pairs)
        cpu = statistics.median(plugged.cpu / each.without.cpu for each, plugged in pairs)
        share = statistics.median(
            alone / (plugged.cpu - alone) for alone, plugged in zip(own, with_plugin, strict=True)
        )
        parts.append(f"{name} {wall:.3f} x wall, {cpu:.3f} x CPU, itself {share:.1%}")
    return "; ".join(parts)


if __name__ == "__main__":
    main()
