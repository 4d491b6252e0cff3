"""How time and memory of `hookproof check --no-cache` grow with the text that is read.

    python bench/growth.py PATH... [--output figures.json] [--plot growth.svg]
    python bench/growth.py --copies PATH...
    python bench/growth.py --pathological

The first checks 1/8, 1/4, 1/2 and all of each path's text together, copied to a folder of their own: what is
missing from a part is not followed there. The second checks 1,
2, 4 and 8 copies of all of them side by side: work of the same kind, only more of it. The third checks single
files made to be as hard as can be, at four sizes each: many lines, many hooks, deep nesting, one long line.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import accumulate

from plot import curves
from run import Figures, _measure, _program

_PARTS = (8, 4, 2, 1)
_HOOKED = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.seen = []

    def forward(self, x):
        return self.fc(x)


net = Net()
"""


def main() -> None:
    """Measure and print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--copies", action="store_true")
    parser.add_argument("--pathological", action="store_true")
    parser.add_argument("--output", help="write the figures as JSON to this file")
    parser.add_argument("--plot", help="write the curve as an SVG picture to this file")
    arguments = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    measured = {"concatenation": (_copies if arguments.copies else _concatenated)(arguments.paths)}
    if arguments.pathological:
        measured = {name: _measured(make) for name, make in _PATHOLOGICAL.items()}
    figures = {name: list(_printed(name, rows)) for name, rows in measured.items()}
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=2)
    if arguments.plot:
        rows = figures["concatenation"]
        series = {"CPU time": [row["cpu seconds"] for row in rows], "memory": [row["MB"] for row in rows]}
        with open(arguments.plot, "w", encoding="utf-8") as file:
            file.write(curves("check --no-cache over text read", [row["bytes"] for row in rows], series))


def _concatenated(paths: list[str]) -> Iterator[dict[str, float]]:
    shares = sorted(share for path in paths for share in _shares(path))
    with tempfile.TemporaryDirectory() as folder:
        done = size = 0
        for part in _PARTS:
            while done < len(shares) and shares[done][0] * part <= 1:
                file = shares[done][1]
                target = os.path.join(folder, os.path.abspath(file).lstrip(os.sep))
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copyfile(file, target)
                size += os.path.getsize(file)
                done += 1
            yield _row(size, _check(folder))


def _shares(path: str) -> Iterator[tuple[float, str]]:
    """Yield the files of a package, each with the share of its text that they make with those before them.

    Folder by folder, those near the root first, for the others import from them: in a part that lacks what
    its files import, less can be followed than in the whole.
    """
    files = sorted(_files(path), key=lambda file: (file.count(os.sep), file))
    sizes = list(accumulate(map(os.path.getsize, files)))
    yield from ((size / sizes[-1], file) for size, file in zip(sizes, files, strict=True))


def _copies(paths: list[str]) -> Iterator[dict[str, float]]:
    size = sum(os.path.getsize(file) for path in paths for file in _files(path))
    with tempfile.TemporaryDirectory() as folder:
        done = 0
        for part in _PARTS:
            for number in range(done, _PARTS[0] // part):
                for path in paths:
                    name = os.path.basename(os.path.abspath(path))
                    shutil.copytree(path, os.path.join(folder, f"copy{number}", name), ignore=_no_python)
            done = _PARTS[0] // part
            yield _row(size * done, _check(folder))


def _no_python(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not name.endswith(".py") and os.path.isfile(os.path.join(folder, name))}


def _files(path: str) -> Iterator[str]:
    for folder, _, names in os.walk(path):
        yield from (os.path.join(folder, name) for name in names if name.endswith(".py"))


def _check(folder: str) -> Figures:
    command = [*_program("hookproof"), "check", "--isolated", "--no-cache", "--output-format=concise", folder]
    return min((_measure(command) for _ in range(3)), key=lambda figures: figures.cpu)


def _row(size: int, figures: Figures) -> dict[str, float]:
    return {"bytes": size, "seconds": figures.wall, "cpu seconds": figures.cpu, "MB": figures.peak}


def _printed(name: str, rows: Iterator[dict[str, float]]) -> Iterator[dict[str, float]]:
    """Print each row when it is there, and hand it on."""
    print(name)
    before: dict[str, float] | None = None
    for row in rows:
        text = f"  {row['bytes'] / 1e6:8.2f} MB of text {row['cpu seconds']:7.2f} s CPU {row['MB']:5.0f} MB"
        if before is not None:
            growth = (row["cpu seconds"] / before["cpu seconds"]) / (row["bytes"] / before["bytes"])
            text += f"   {growth:.2f} of linear"
        print(text, flush=True)
        before = row
        yield row


# --- pathological files --------------------------------------------------------------------------------


def _measured(make: Callable[[int], str]) -> Iterator[dict[str, float]]:
    for part in _PARTS:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(make(part))
            yield _row(os.path.getsize(path), _check(folder))


def _lines(part: int) -> str:
    functions = "".join(f"def f{n}(x):\n    return x + {n}\n\n\n" for n in range(25_000 // part))
    return f"{_HOOKED}{functions}net.register_forward_hook(f0)\ntorch.jit.script(net)\n"


def _hooks(part: int) -> str:
    hooks = "".join(
        f"def h{n}(m, i, o):\n    m.seen.append({n})\n\n\nnet.register_forward_hook(h{n})\n\n\n"
        for n in range(10_000 // part)
    )
    return f"{_HOOKED}{hooks}torch.jit.script(net)\n"


def _separate_hooks(part: int) -> str:
    return _HOOKED + "".join(
        f"def h{n}(m, i, o):\n    m.seen.append({n})\n\n\ndef r{n}(net: Net):\n"
        f"    net.register_forward_hook(h{n})\n    return torch.jit.script(net)\n\n\n"
        for n in range(10_000 // part)
    )


def _methods(part: int) -> str:
    methods = "".join(f"    def f{n}(self):\n        return self.fc\n\n" for n in range(10_000 // part))
    classes = "".join(f"class C{n}:\n    def f(self):\n        pass\n\n\n" for n in range(10_000 // part))
    return f"{_HOOKED}\n\nclass Big(Net):\n{methods}\n\n{classes}net.register_forward_hook(Big().f0)\n"


def _nested(part: int) -> str:
    terms = " + ".join(["x"] * (20_000 // part))
    return f"{_HOOKED}x = 1\nnet.register_forward_hook(lambda m, i, o: {terms})\n"


def _one_line(part: int) -> str:
    return f"{_HOOKED}data = [{'1, ' * (5_000_000 // 3 // part)}]\nnet.register_forward_hook(print)\n"


_PATHOLOGICAL: dict[str, Callable[[int], str]] = {
    "100,000 lines": _lines,
    "10,000 hooks on one module": _hooks,
    "10,000 hooks in functions": _separate_hooks,
    "10,000 methods and classes": _methods,
    "20,000 nested operations": _nested,
    "one line of 5 MB": _one_line,
}

if __name__ == "__main__":
    main()
