"""How fast `hookproof verify` puts findings to torch, and how that grows with their number.

    python bench/verify.py [--python PATH] [--counts 25 50 100 200] [--jobs 2] [--fixtures]

Makes projects of module classes and hooks with that many findings, ten in a file, and asks the torch of an
interpreter (this one unless another is named) about all of them. Prints the seconds until torch is imported,
until the first verdict and until the last, and experiments a second after the import. `--fixtures` measures
the project's own fixtures too, whose experiments are of all kinds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hookproof.engine import check_paths
from hookproof.finding import Finding
from hookproof.settings import Settings
from hookproof.verify.plan import plan
from hookproof.verify.run import Limits, Worker
from hookproof.verify.verdict import verdict_of

_HOOKS_OF_A_FILE = 10
_FIXTURES = Path(__file__).parent.parent / "fixtures"
_CLASS = """\
from typing import Tuple

import torch
from torch import nn


class Net{number}(nn.Module):
    def __init__(self, width: int = 3):
        super().__init__()
        self.fc = nn.Linear(4, width)
        self.cache = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)
"""
_STATEMENTS = (
    "module.cache.append(output)",
    "module.latest = output",
    "print(module.nowhere)",
    "print(type(module))",
    "module.eval()",
)
_HOOK = """

def hook_{number}(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> None:
    {statement}


def export_{number}():
    model = Net{file}()
    model.register_forward_hook(hook_{number})
    return torch.jit.script(model)
"""


def main() -> None:
    """Measure and print a row for each number of findings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--counts", type=int, nargs="+", default=[25, 50, 100, 200])
    parser.add_argument("--jobs", type=int, default=Limits().jobs)
    parser.add_argument("--fixtures", action="store_true")
    arguments = parser.parse_args()
    print("| findings | torch imported | first verdict | last verdict | experiments/s | verdicts |")
    print("|---:|---:|---:|---:|---:|---|")
    for count in arguments.counts:
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder), count)
            _print(str(count), _measured(_found(folder), arguments.python, arguments.jobs))
    if arguments.fixtures:
        findings = _found(str(_FIXTURES))
        _print(f"fixtures, {len(findings)}", _measured(findings, arguments.python, arguments.jobs))


def _write(folder: Path, count: int) -> None:
    for number in range(count):
        file, place = divmod(number, _HOOKS_OF_A_FILE)
        with (folder / f"net_{file}.py").open("a", encoding="utf-8") as stream:
            if place == 0:
                stream.write(_CLASS.format(number=file))
            statement = _STATEMENTS[number % len(_STATEMENTS)]
            stream.write(_HOOK.format(number=number, file=file, statement=statement))


def _found(folder: str) -> Sequence[Finding]:
    return check_paths([folder], Settings()).findings


def _measured(
    findings: Sequence[Finding], python: str, jobs: int
) -> tuple[float, float, float, Counter[str]]:
    """Return the seconds until torch is imported, the first and the last verdict, and the verdicts."""
    experiments = plan(findings)
    verdicts: Counter[str] = Counter()
    start = time.perf_counter()
    worker = Worker(python, Limits(jobs=jobs))
    imported = first = last = time.perf_counter() - start
    try:
        for answer in worker.run(experiments):
            if "started" not in answer:
                last = time.perf_counter() - start
                first = first if verdicts else last
                verdicts[verdict_of(findings[answer["id"]], answer).status] += 1
    finally:
        worker.close()
    return imported, first, last, verdicts


def _print(name: str, measured: tuple[float, float, float, Counter[str]]) -> None:
    imported, first, last, verdicts = measured
    rate = verdicts.total() / max(last - imported, 1e-9)
    words = ", ".join(f"{count} {status}" for status, count in verdicts.items())
    print(f"| {name} | {imported:.1f} s | {first:.1f} s | {last:.1f} s | {rate:.0f} | {words} |", flush=True)


if __name__ == "__main__":
    main()
