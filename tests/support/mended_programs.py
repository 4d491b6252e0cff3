"""Programs with their fixes carried out, and whether an eager run of them does what it did before.

`python tests/support/mended_programs.py COUNT SEED` is the long run, over fixtures, forms and COUNT random
whole programs.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from choosing import Choose, T
from fixture_programs import all_fixtures
from form_programs import form_files
from hookproof.finding import Finding
from hookproof.fixing import mend
from hookproof.mended import Mended, place_of
from hookproof.report import Report
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.verify.plan import Factories
from hookproof.verify.repairs import BeforeAndAfter, noticed
from hookproof.verify.run import Limits, ask
from program_hooks import ANNOTATIONS
from whole_programs import whole_program

BATCH = 40
_LEANING = 0.7  # how often what is fixable is preferred
_TOGETHER = 8  # programs that are one project: each attempt at a fix checks all of it again


def mended(
    folder: Path, settings: Settings, *, takes_unsafe: bool = False, is_written: bool = True
) -> Mended:
    """Carry out the fixes of what is found under a folder, in its files, and return what came of them."""
    report = check_paths([str(folder)], settings)
    return _mended(report, folder, settings, takes_unsafe=takes_unsafe, is_written=is_written)


def _mended(
    report: Report, folder: Path, settings: Settings, *, takes_unsafe: bool, is_written: bool
) -> Mended:
    done = mend((settings, (str(folder),)), report, {}, lambda shown, _: shown, takes_unsafe=takes_unsafe)
    for path, content in done.contents.items() if is_written else ():
        Path(path).write_bytes(content)
    return done


@dataclass(frozen=True)
class EagerRuns:
    """What eager runs of a program say of its safe fixes, which fixed these codes; `ran` names the runs."""

    text: str
    mended: str
    codes: tuple[str, ...]
    ran: str
    noticed: str

    @property
    def is_same(self) -> bool:
        """Whether nothing that the program prints, returns or leaves behind is different."""
        return not self.noticed

    @property
    def is_compared(self) -> bool:
        """Whether there was anything to run."""
        return not self.noticed.startswith("no eager run could be compared")

    def __str__(self) -> str:
        return f"{self.noticed}\n{self.text}\n--- becomes\n{self.mended}"


def compared(texts: Sequence[str]) -> Iterator[EagerRuns]:
    """Run each script that a safe fix changes in eager mode, as it was and as it is then."""
    with tempfile.TemporaryDirectory() as name:
        fixed: dict[str, Finding] = {}
        contents: dict[str, bytes] = {}
        codes: dict[str, list[str]] = {}
        for start in range(0, len(texts), _TOGETHER):
            part = Path(name).resolve() / f"part_{start}"
            part.mkdir()
            (part / "pyproject.toml").touch()
            for number, text in enumerate(texts[start : start + _TOGETHER], start):
                (part / f"program_{number}.py").write_text(text, "utf-8")
            for finding, done in _fixed_in(part):
                fixed[finding.path] = finding
                contents |= done.contents
                codes[finding.path] = [each.code for each in done.fixed if each.path == finding.path]
        if not fixed:
            return
        with BeforeAndAfter([*fixed.values()], contents) as both:
            trials = both.eager_runs(Factories())
            answers = {answer["id"]: answer for answer in ask(sys.executable, trials, Limits(jobs=2))}
        for number, path in enumerate(fixed, len(fixed)):
            answer, before = answers[number], Path(path).read_text("utf-8")
            ran, said = answer.get("ran", ""), noticed(answer)
            yield EagerRuns(before, contents[path].decode(), tuple(codes[path]), ran, said)


def _fixed_in(folder: Path) -> Iterator[tuple[Finding, Mended]]:
    """Yield a finding of each file that has a safe fix, as it was before, with all fixes."""
    settings = Settings()
    report = check_paths([str(folder)], settings)
    done = _mended(report, folder, settings, takes_unsafe=False, is_written=False)
    seen: set[str] = set()
    for finding in report.findings:
        place = place_of(finding, Path(finding.path).read_bytes())
        if place in done.places and finding.path not in seen:
            seen.add(finding.path)
            yield finding, done


# What most programs with a safe fix have; others are chosen too.
_FIXABLE = frozenset(
    {
        *ANNOTATIONS[1:5],
        *("script", "script a loop", "script and load", "freeze", "removed too late", "prepended", "by name"),
        *("loop over a scripted child", "traced child", "on the traced", "registers on itself"),
        *("function", "nested", "factory", "static", "local"),
        *("cache", "lookup", "nothing", "level", "print(type(m).__name__)", "print(m.__class__.__name__)"),
    }
)


def random_texts(count: int, first: int) -> list[str]:
    """Return the texts of random whole programs, most of which have something that is fixed safely."""
    return [whole_program(_leaning(random.Random(number))).text for number in range(first, first + count)]


def _leaning(chance: random.Random) -> Choose:
    def choose(options: Sequence[T]) -> T:
        wanted = [each for each in options if each in _FIXABLE]
        return chance.choice(wanted if wanted and chance.random() < _LEANING else options)

    return choose


def written_texts() -> list[str]:
    """Return the texts of the fixtures and forms that are one file."""
    fixtures = [fixture.path for fixture in all_fixtures() if not fixture.path.is_dir()]
    forms = [form.main for form in form_files() if not form.path.is_dir()]
    return [path.read_text("utf-8") for path in (*fixtures, *forms)]


def main(count: int, first: int) -> None:
    """Print every program in which an eager run notices a safe fix, and how many fixes there were by code."""
    codes: Counter[str] = Counter()
    changed, uncompared = 0, 0
    texts = [*written_texts(), *random_texts(count, first)]
    for start in range(0, len(texts), BATCH):
        for runs in compared(texts[start : start + BATCH]):
            if not runs.is_compared:
                uncompared += len(runs.codes)
                print(f"{runs.noticed}: {runs.codes}", flush=True)
                continue
            codes.update(runs.codes)
            if not runs.is_same:
                changed += 1
                print(runs, flush=True)
        print(f"{start + BATCH} programs, {codes.total()} fixes", file=sys.stderr, flush=True)
    print(f"{codes.total()} safe fixes in {len(texts)} programs, {uncompared} not compared,", end=" ")
    print(f"{changed} programs in which eager mode notices: {dict(codes)}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
