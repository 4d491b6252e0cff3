"""What the plugin adds to flake8: the same run with it and without, in turn, on the same tree.

    python bench/flake8_pair.py PATH... [--pairs 3] [--jobs 2] [--output figures.json]

`without` is `flake8 --select F` with the plugin hidden, as flake8 runs every plugin that is installed,
whatever is selected. `cold` and `warm` are `flake8 --select F,HKP`, without a cache and with that of the run
before. CPU time is that of all processes together; where other work keeps the machine busy, read that.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile

from run import _WITHOUT_PLUGIN, Figures, _measure

_CACHE = ".hookproof_cache"


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
    plugged = [sys.executable, "-m", "flake8", *options, "--select=F,HKP", *paths]
    rounds: list[dict[str, Figures]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # the plugin keeps its cache here
        for _ in range(arguments.pairs):
            rounds.append({"without": _measure(plain), "cold": _measure(plugged), "warm": _measure(plugged)})
            shutil.rmtree(_CACHE)
            print(_row(rounds[-1:]), flush=True)
    print(f"median: {_row(rounds)}")
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            json.dump([{name: figures._asdict() for name, figures in each.items()} for each in rounds], file)


def _row(rounds: list[dict[str, Figures]]) -> str:
    parts = [f"without {statistics.median(each['without'].cpu for each in rounds):.1f} s CPU"]
    for name in ("cold", "warm"):
        wall, cpu = (
            statistics.median(getattr(each[name], kind) / getattr(each["without"], kind) for each in rounds)
            for kind in ("wall", "cpu")
        )
        parts.append(f"{name} {wall:.3f} x wall, {cpu:.3f} x CPU")
    return "; ".join(parts)


if __name__ == "__main__":
    main()
