"""What `pytest --hookproof` adds to a test suite: the same suite with it and without, in turn.

    python bench/pytest_plugin.py [--tests 400] [--pairs 5] [--hooks] [--output figures.json]

The suite is made up: small tests of torch modules (forward, backward, an optimiser's step, a state dict, and
one in ten scripts or traces a module) that register no hook, which is what most suites are; with `--hooks`
every fourth test registers one. Which run of a pair comes first alternates. hookproof must be installed, for
pytest finds its plugin by that.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from run import Figures, _measure

_HEAD = """\
import io

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU())
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        return self.head(self.layers(x))

"""
_KINDS = (
    "assert Net({n})(torch.ones(3, {n})).shape == (3, 2)",
    "net = Net({n})\n    net(torch.ones(3, {n})).sum().backward()\n"
    "    assert net.head.weight.grad is not None",
    "net = Net({n})\n    step = torch.optim.SGD(net.parameters(), 0.1)\n    for _ in range(5):\n"
    "        step.zero_grad()\n        net(torch.ones(3, {n})).sum().backward()\n        step.step()",
    "net, other = Net({n}), Net({n})\n    other.load_state_dict(net.state_dict())\n"
    "    assert torch.equal(net.head.weight, other.head.weight)",
    "file = io.BytesIO()\n    torch.save(Net({n}).state_dict(), file)\n    assert file.tell()",
)
_LEAVING = (
    "assert torch.jit.trace(Net({n}), torch.ones(3, {n}))(torch.ones(3, {n})).shape == (3, 2)",
    "assert torch.jit.script(Net({n}))(torch.ones(3, {n})).shape == (3, 2)",
)
_HOOKED = (
    "seen = []\n    net = Net({n})\n    net.register_forward_hook(lambda m, i, o: seen.append(o))\n"
    "    net(torch.ones(3, {n}))\n    assert len(seen) == 1"
)


def suite(tests: int, with_hooks: bool) -> str:
    """Return the text of a file of tests."""
    bodies = []
    for number in range(tests):
        kind = _KINDS[number % len(_KINDS)]
        if number % 10 == 9:
            kind = _LEAVING[number // 10 % len(_LEAVING)]
        elif with_hooks and number % 4 == 0:
            kind = _HOOKED
        bodies.append(f"\ndef test_{number}():\n    {kind.format(n=3 + number % 7)}\n")
    return _HEAD + "\n".join(bodies)


def main() -> None:
    """Run the pairs; print the ratio of each, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tests", type=int, default=400)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--hooks", action="store_true", help="let every fourth test register a hook")
    parser.add_argument("--output", help="write the figures as JSON to this file")
    arguments = parser.parse_args()
    plain = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_suite.py"]
    pairs: list[tuple[Figures, Figures]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("test_suite.py").write_text(suite(arguments.tests, arguments.hooks), "utf-8")
        _try([*plain, "--hookproof"])  # which writes the bytecode of the suite and of what it imports
        for number in range(arguments.pairs):
            commands = [plain, [*plain, "--hookproof"]]
            if number % 2:
                watched, alone = (_measure(command) for command in reversed(commands))
            else:
                alone, watched = (_measure(command) for command in commands)
            pairs.append((alone, watched))
            print(_row(pairs[-1:]), flush=True)
    print(f"median: {_row(pairs)}")
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            json.dump([[figures._asdict() for figures in pair] for pair in pairs], file)


def _try(command: list[str]) -> None:
    """Run the suite once, for nothing is measured where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _row(pairs: list[tuple[Figures, Figures]]) -> str:
    wall, cpu = (
        statistics.median(getattr(watched, name) / getattr(alone, name) for alone, watched in pairs)
        for name in ("wall", "cpu")
    )
    alone = statistics.median(alone.cpu for alone, _ in pairs)
    return f"alone {alone:.2f} s CPU; watched {wall:.3f} x wall, {cpu:.3f} x CPU"


if __name__ == "__main__":
    main()
