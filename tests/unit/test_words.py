"""What people read has no misspellings, and none of the phrases that CONTRIBUTING.md advises against."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from places import ROOT

STYLE = ROOT / "CONTRIBUTING.md"
BESIDE = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md")


def read_by_people() -> list[Path]:
    pages = [*(ROOT / name for name in BESIDE), *(ROOT / "docs").rglob("*.md")]
    return [*pages, *(ROOT / "src").rglob("*.py"), *(ROOT / "examples").rglob("*.py")]


def phrases(text: str) -> list[str]:
    """Return the left column of the table of phrases."""
    [table] = re.findall(r"^\| not \| but \|\n\|[-|]+\n((?:\|.*\n)+)", text, re.M)
    return [row.split("|")[1].strip() for row in table.splitlines()]


def test_nobody_writes_what_the_style_page_advises_against() -> None:
    style = STYLE.read_text("utf-8")
    unwanted = phrases(style)
    assert len(unwanted) > 20
    pattern = re.compile("|".join(rf"\b{phrase.replace(' ', '[ _]')}\b" for phrase in unwanted), re.I)
    for path in read_by_people():
        text = path.read_text("utf-8")
        if path == STYLE:
            text = text.partition("| not | but |")[0]
        # A phrase may go on in the next line, behind its indentation or sign of a comment.
        found = pattern.search(re.sub(r"\s+(?:# )?", " ", text))
        assert found is None, f"{path.relative_to(ROOT)}: {found[0] if found else ''}"


def test_there_are_no_misspellings() -> None:
    command = [sys.executable, "-m", "codespell_lib", *map(str, read_by_people())]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout + checked.stderr
