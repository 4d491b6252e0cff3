"""Programs with their fixes carried out, and whether an eager run of them does what it did before.

`python tests/support/mended_programs.py COUNT SEED` is the long run, over random whole programs.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hookproof.fixing import mend
from hookproof.mended import Mended
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from torch_oracle import Outcome, oracle
from whole_programs import whole_program

BATCH = 40


def mended(folder: Path, settings: Settings, *, takes_unsafe: bool = False) -> Mended:
    """Carry out the fixes of what is found under a folder, in its files, and return what came of them."""
    report = check_paths([str(folder)], settings)
    done = mend((settings, (str(folder),)), report, {}, lambda shown, _: shown, takes_unsafe=takes_unsafe)
    for path, content in done.contents.items():
        Path(path).write_bytes(content)
    return done


@dataclass(frozen=True)
class EagerRuns:
    """What a program does in eager mode before and after its safe fixes, which fixed these codes."""

    text: str
    mended: str
    codes: tuple[str, ...]
    before: Outcome
    after: Outcome

    @property
    def is_same(self) -> bool:
        """Whether both runs print the same, and end the same way."""
        said = (self.before, self.after)
        first, second = ((each.printed, each.exception[:1], each.message) for each in said)
        return first == second

    def __str__(self) -> str:
        said = (
            f"{when}: {each}\n{each.printed}"
            for when, each in (("before", self.before), ("after", self.after))
        )
        return "\n".join((self.mended, *said))


def eager_runs(texts: Sequence[str]) -> Iterator[EagerRuns]:
    """Run each script that a safe fix changes in eager mode, as it was and as it is then."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        paths = [folder / f"program_{index}.py" for index in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, "utf-8")
        befores = oracle().watch(paths, ("eager",))
        done = mended(folder, Settings())
        changed = [index for index, path in enumerate(paths) if str(path) in done.contents]
        afters = oracle().watch([paths[index] for index in changed], ("eager",))
        for index, (after,) in zip(changed, afters, strict=True):
            codes = tuple(each.code for each in done.fixed if each.path == str(paths[index]))
            yield EagerRuns(texts[index], paths[index].read_text("utf-8"), codes, befores[index][0], after)


def random_texts(count: int, first: int) -> list[str]:
    """Return the texts of random whole programs."""
    chosen = [random.Random(number) for number in range(first, first + count)]
    return [whole_program(each.choice).text for each in chosen]


def main(count: int, first: int) -> None:
    """Print every program that its safe fixes change in eager mode, and how many fixes there were by code."""
    codes: Counter[str] = Counter()
    changed = 0
    for start in range(first, first + count, BATCH):
        for runs in eager_runs(random_texts(min(BATCH, first + count - start), start)):
            codes.update(runs.codes)
            if not runs.is_same:
                changed += 1
                print(runs, flush=True)
    print(f"{codes.total()} safe fixes in {count} programs, {changed} that eager mode notices: {dict(codes)}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
