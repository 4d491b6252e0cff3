"""Programs made at random for `torch.compile`: `check` finds those that run unlike eager mode.

`python tests/support/compiled_differential.py COUNT SEED` is the long run.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from compile_oracle import Both, run_both
from compiled_programs import compiled_program
from hookproof.finding import Finding
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings


class Judged(NamedTuple):
    """A program, what torch made of it, and what `check` finds."""

    text: str
    both: Both
    findings: tuple[Finding, ...]

    @property
    def agreement(self) -> str:
        """Whether the findings tell what torch did; a program that fails in eager mode as well is none."""
        if self.both.eager.error:
            return "not a program"
        if self.both.is_same:
            return "false positive" if self.findings else "survives"
        return "found" if self.findings else "false negative"

    def __str__(self) -> str:
        found = "\n".join(f"  {f.line}: {f.code} {f.confidence} {f.message}" for f in self.findings)
        body = self.text.rpartition("torch.manual_seed")[2]
        compiled, eager = self.both
        return (
            f"### {self.agreement}\n{body}compiled {compiled.printed!r} {compiled.error}"
            f" {compiled.message[:80]!r}\neager    {eager.printed!r} {eager.error}\n{found}\n"
        )


def judged(texts: Sequence[str]) -> Iterator[Judged]:
    """Run programs, and `check` them, all in one folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        paths = [folder / f"program_{index}.py" for index in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, "utf-8")
        report = check_paths([str(folder)], Settings())
        assert not report.files.failed
        for path, text, both in zip(paths, texts, run_both(paths), strict=True):
            found = tuple(f for f in report.findings if Path(f.path) == path and f.confidence != "possible")
            yield Judged(text, both, found)


def seeded(number: int) -> str:
    """Return the program of a seed."""
    chosen = random.Random(number)
    return compiled_program(lambda options: chosen.choice(options))


def main(count: int, first: int) -> None:
    """Print every disagreement of `count` programs, then how many there were of each kind."""
    counts: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for start in range(first, first + count, 20):
        seeds = range(start, min(start + 20, first + count))
        for seed, each in zip(seeds, judged([seeded(seed) for seed in seeds]), strict=True):
            counts[each.agreement] += 1
            codes.update((f.code, each.agreement)[0] + " " + each.agreement for f in each.findings)
            if each.agreement.startswith("false"):
                print(f"seed {seed}\n{each}", flush=True)
    print(dict(counts), dict(codes), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
