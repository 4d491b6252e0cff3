"""Reads the forms: small programs, each a way to write one thing, with what becomes of it.

Most stand in `data/forms.txt` under headings; new ones are files of their own under `forms/TOPIC/`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from places import DATA, TESTS

FORMS = DATA / "forms.txt"
FORM_FILES = TESTS / "forms"
_HEADING = re.compile(r"^### (breaks|survives|missed)((?: HKP\d{3})*): (.+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Form:
    """One program, what becomes of it, and the codes that `check` finds."""

    name: str
    kind: str
    codes: tuple[str, ...]
    text: str


def forms() -> Iterator[Form]:
    """Yield every form, its text with what stands before the first heading."""
    before, *parts = _HEADING.split(FORMS.read_text("utf-8"))
    for kind, codes, name, text in zip(*(parts[start::4] for start in range(4)), strict=True):
        yield Form(name, kind, tuple(codes.split()), before + text)


@dataclass(frozen=True)
class FormFile:
    """A program with a file or a folder (`main.py`) of its own under `forms/TOPIC/`.

    Its first line says what torch does: `# breaks: why` or `# survives: why`; findings are expected at the
    ends of lines, as in fixtures. More lines at its head may follow: `# known gap: what is not understood`
    where hookproof says something else so far, `# then: code` for what is run after the program,
    `# unsure: why` where nothing may be certain, `# unsaid:` for words that no message may have, and
    `# hookproof: assume-scripted` for library mode. `# HKP???` at the end of a line expects a finding of
    whatever code.
    """

    path: Path

    def __str__(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def main(self) -> Path:
        """The file that is run."""
        return self.path / "main.py" if self.path.is_dir() else self.path

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file of the program."""
        return tuple(sorted(self.path.rglob("*.py"))) if self.path.is_dir() else (self.path,)

    @cached_property
    def head(self) -> dict[str, str]:
        """The remarks at the top of the program, by the word before the colon."""
        lines = self.main.read_text("utf-8").splitlines()
        remarks = itertools.takewhile(lambda line: line.startswith("# "), lines)
        return {name[2:]: rest.strip() for name, _, rest in (line.partition(":") for line in remarks)}

    @property
    def breaks(self) -> bool:
        """Whether torch raises an error."""
        return "breaks" in self.head

    @property
    def gap(self) -> str | None:
        """What hookproof does not understand so far."""
        return self.head.get("known gap")


def form_files() -> list[FormFile]:
    """Return every program under `forms/`, sorted by topic and name."""
    return [FormFile(path) for path in sorted(FORM_FILES.glob("*/*")) if not path.name.startswith("_")]
