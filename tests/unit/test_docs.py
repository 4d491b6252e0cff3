"""The documentation says what is so: on rules, on what programs do under torch, on what the tool prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from hookproof.rules import registry
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from places import ROOT
from torch_oracle import oracle

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"(?:^<!-- (?P<told>[^\n]+) -->\n)?^```python\n(?P<text>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Program:
    """A Python block and the comment in front of it.

    That is `breaks: Error: message`, `differs`, `prints: text` or `survives`.

    `; library` behind that has the block checked in library mode. Lines with findings end with their codes.
    """

    page: Path
    line: int
    told: str
    text: str

    @property
    def outcome(self) -> str:
        return self.told.partition("; ")[0]

    @property
    def is_library(self) -> bool:
        return self.told.endswith("; library")

    @property
    def expected(self) -> list[tuple[int, str]]:
        """The findings: line and code."""
        lines = enumerate(self.text.splitlines(), 1)
        return sorted(
            (n, code) for n, line in lines for code in re.findall(r"HKP\d{3}", line.rpartition("#")[2])
        )

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def programs() -> list[Program]:
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in _BLOCK.finditer(text):
            line = text.count("\n", 0, match.start("text"))
            found.append(Program(page, line, match["told"] or "", match["text"]))
    return found


PROGRAMS = [pytest.param(each, id=str(each)) for each in programs()]


def test_there_are_programs_that_break_and_programs_that_do_not() -> None:
    outcomes = [program.outcome.partition(":")[0] for program in programs()]
    assert set(outcomes) == {"breaks", "differs", "prints", "survives"}
    assert outcomes.count("survives") > 5
    assert outcomes.count("breaks") > 5


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_does_on_torch_what_is_said(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "shown.py"
    if program.outcome.startswith("prints: "):
        path.write_text(program.text, "utf-8")
        run = subprocess.run([sys.executable, path], capture_output=True, text=True, cwd=tmp_path)
        assert run.stdout == program.outcome.partition(": ")[2] + "\n", run.stderr
        return
    path.write_text(program.text.replace('if __name__ == "__main__":', "if True:"), "utf-8")
    outcome = oracle().run(path, [None])[None]
    if program.outcome.startswith("breaks: "):
        _, error, message = program.outcome.split(": ", 2)
        assert error in outcome.exception, outcome
        assert message in outcome.message, outcome
    else:
        assert not outcome.raised, outcome
        assert outcome.differs is True if program.outcome == "differs" else not outcome.differs, outcome


@pytest.mark.parametrize("program", PROGRAMS)
def test_check_finds_in_a_program_what_its_comments_say(program: Program, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    path = tmp_path / "shown.py"
    path.write_text(program.text, "utf-8")
    report = check_paths([str(path)], Settings(assume_scripted=program.is_library))
    assert not report.files.failed
    assert sorted((each.line, each.code) for each in report.findings) == program.expected


@pytest.mark.parametrize("command", ["check", "verify"])
def test_the_readme_shows_what_the_tool_prints(command: str, tmp_path: Path) -> None:
    readme = README.read_text("utf-8")
    shown = re.search(rf"^```console\n\$ (hookproof {command} train\.py)\n(.*?)^```$", readme, re.M | re.S)
    assert shown
    (tmp_path / "pyproject.toml").write_text("")
    text = next(program.text for program in programs() if program.page == README)
    (tmp_path / "train.py").write_text(re.sub(r"  # HKP\d+$", "", text, flags=re.M), "utf-8")
    answer = subprocess.run(
        [sys.executable, "-m", *shown[1].split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"},
    )
    assert answer.returncode == 1
    assert _without_figures(shown[2]) == _without_figures(answer.stdout)


def _without_figures(text: str) -> str:
    """Return the output without what another machine or build of torch changes, progress included."""
    text = re.sub(r"^checked \d+ of \d+ findings against torch.*\n", "", text, flags=re.M)
    return re.sub(r"torch [\d.]+(\+\w+)?", "torch VERSION", re.sub(r"[\d.]+ s\)", "SECONDS s)", text))


def test_generated_pages_are_up_to_date() -> None:
    tool = ROOT / "tools" / "make_docs.py"
    answer = subprocess.run([sys.executable, tool, "--check"], capture_output=True, text=True)
    assert (answer.returncode, answer.stdout) == (0, ""), (
        f"run tools/make_docs.py\n{answer.stdout}{answer.stderr}"
    )
    assert {page.stem for page in (ROOT / "docs" / "rules").iterdir()} == set(registry.codes())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_pages_and_headings(page: Path) -> None:
    text = page.read_text("utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    for interpret in links:
        if interpret.startswith(("https://", "http://")):
            continue
        target, _, heading = interpret.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), interpret
        assert not heading or heading in _anchors(path), interpret


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_readme_fits_a_few_screens_and_shows_the_example_of_its_first_command() -> None:
    readme = README.read_text("utf-8")
    assert readme.count("\n") <= 200
    [command] = re.findall(r"^<!-- run -->\n```sh\n.* && (hookproof .*)$", readme, re.M)
    program = next(program.text for program in programs() if program.page == README)
    example = ROOT / command.split()[-1]
    assert example.read_text("utf-8") == re.sub(r"  # HKP\d+$", "", program, flags=re.M)
