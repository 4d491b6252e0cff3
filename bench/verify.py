"""How fast `hookproof verify` checks findings against torch, and how that grows with their number.

    python bench/verify.py [--python PATH] [--counts 25 50 100 200] [--jobs 2] [--fixtures]

Makes projects of module classes and hooks with that many findings, ten in a file, and asks the torch of an
interpreter (this one unless another is named) about all of them. Prints the seconds until torch is imported,
until the first verdict and until the last, experiments a second after the import, and the CPU time of one
experiment, which says the same on a machine that is busy with other work. `--fixtures` measures the project's
own fixtures too, whose experiments are of all kinds.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hookproof.finding import Finding
from hookproof.session.pipeline import check_paths
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


@dataclass
class Run:
    """What one worker took: seconds since its start, and CPU seconds in all."""

    imported: float = 0.0
    first: float = 0.0
    last: float = 0.0
    cpu: float = 0.0
    verdicts: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Measure and print a row for each number of findings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--counts", type=int, nargs="+", default=[25, 50, 100, 200])
    parser.add_argument("--jobs", type=int, default=Limits().jobs)
    parser.add_argument("--fixtures", action="store_true")
    arguments = parser.parse_args()
    idle = measured((), arguments.python, arguments.jobs).cpu
    print("| findings | torch imported | first verdict | last verdict | a second | CPU each | verdicts |")
    print("|---|---:|---:|---:|---:|---:|---|")
    for count in arguments.counts:
        with tempfile.TemporaryDirectory() as folder:
            write_project(Path(folder), count)
            print_row(str(count), measured(found_in(folder), arguments.python, arguments.jobs), idle)
    if arguments.fixtures:
        findings = found_in(str(_FIXTURES))
        run = measured(findings, arguments.python, arguments.jobs)
        print_row(f"{len(findings)} of the fixtures", run, idle)


def write_project(folder: Path, count: int) -> None:
    """Write files with `count` hooks that break, ten in a file."""
    for number in range(count):
        file, location = divmod(number, _HOOKS_OF_A_FILE)
        with (folder / f"net_{file}.py").open("a", encoding="utf-8") as stream:
            if location == 0:
                stream.write(_CLASS.format(number=file))
            statement = _STATEMENTS[number % len(_STATEMENTS)]
            stream.write(_HOOK.format(number=number, file=file, statement=statement))


def found_in(folder: str) -> Sequence[Finding]:
    """Return the findings in a folder."""
    return check_paths([folder], Settings()).findings


def measured(findings: Sequence[Finding], python: str, jobs: int) -> Run:
    """Ask a fresh worker about the findings."""
    run = Run()
    before = _cpu_of_children()
    start = time.perf_counter()
    worker = Worker(python, Limits(jobs=jobs))
    try:
        experiments = list(plan(findings))
        assert worker.torch  # is waited for
        run.imported = run.first = run.last = time.perf_counter() - start
        for answer in worker.run(experiments):
            if "started" not in answer:
                run.last = time.perf_counter() - start
                run.first = run.first if run.verdicts else run.last
                run.verdicts[verdict_of(findings[answer["id"]], answer).status] += 1
    finally:
        worker.close()
    run.cpu = _cpu_of_children() - before
    return run


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def print_row(name: str, run: Run, idle: float) -> None:
    """Print the figures of a run, `idle` being the CPU seconds of a worker that is asked nothing."""
    count = run.verdicts.total()
    rate = count / max(run.last - run.imported, 1e-9)
    each = 1000 * (run.cpu - idle) / max(count, 1)
    words = ", ".join(f"{number} {status}" for status, number in run.verdicts.items())
    print(
        f"| {name} | {run.imported:.1f} s | {run.first:.1f} s | {run.last:.1f} s | {rate:.0f} "
        f"| {each:.0f} ms | {words} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
