"""Programs whose hooks run less often than it seems, hold a value or are skipped; torch tells what is lost.

In those of `data/adversarial/survives` nothing is; `check` says nothing. A line `# planted: CODE` is where
a tool that only counts calls would speak up. Their near misses in `differs` do lose something, at the marked
line. Each program leaves what it got as `eager` and `scripted`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hookproof.rules import registry
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from places import DATA
from torch_oracle import oracle

PROGRAMS = DATA / "adversarial"
SURVIVING = sorted((PROGRAMS / "survives").glob("*.py"))
DIFFERING = sorted((PROGRAMS / "differs").glob("*.py"))
_PROGRAM = "# the program\n"
_EXPECTED = re.compile(r"# (HKP\d{3})$")
_PLANTED = re.compile(r"# planted: (HKP\d{3})$")


def layouts(text: str) -> dict[str, str]:
    """Return a program as it is, at the top level of a script, and with its statements in a function."""
    definitions, _, program = text.partition(_PROGRAM)
    indented = "".join(f"    {line}" if line.strip() else line for line in program.splitlines(keepends=True))
    return {"script": text, "function": f"{definitions}def main():\n{indented}\n\nmain()\n"}


def marked(text: str, pattern: re.Pattern[str]) -> list[tuple[int, str]]:
    """Return the lines that are marked, with their codes."""
    lines = enumerate(text.splitlines(), 1)
    return [(number, found[1]) for number, line in lines if (found := pattern.search(line))]


@pytest.mark.parametrize("path", SURVIVING, ids=lambda path: path.stem)
def test_torch_loses_nothing(path: Path) -> None:
    outcome = oracle().run(path, [None])[None]
    assert outcome.differs is False, outcome


@pytest.mark.parametrize("path", DIFFERING, ids=lambda path: path.stem)
def test_torch_loses_something(path: Path) -> None:
    outcome = oracle().run(path, [None])[None]
    assert outcome.differs is True, outcome


@pytest.mark.parametrize("layout", ["script", "function"])
@pytest.mark.parametrize("path", SURVIVING + DIFFERING, ids=lambda path: path.stem)
def test_only_what_is_lost_is_found(path: Path, layout: str, tmp_path: Path) -> None:
    text = layouts(path.read_text("utf-8"))[layout]
    program = tmp_path / "program.py"
    program.write_text(text, "utf-8")
    found = check_paths([str(program)], Settings()).findings
    assert [(finding.line, finding.code) for finding in found] == marked(text, _EXPECTED)


@pytest.mark.parametrize("path", SURVIVING, ids=lambda path: path.stem)
def test_a_false_finding_has_a_line_to_stand_on(path: Path) -> None:
    planted = marked(path.read_text("utf-8"), _PLANTED)
    assert len(planted) == 1
    assert registry.rule(planted[0][1])


def test_there_are_many_of_them() -> None:
    assert len(SURVIVING) >= 60
    assert 3 * len(DIFFERING) >= len(SURVIVING)
