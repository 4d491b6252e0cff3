"""Ask several versions of torch about every finding of the fixtures, and count the verdicts.

`python tools/verify_fixtures.py PYTHON…` takes interpreters that have torch. Each gets a copy of the fixtures
of its own; for a Python before 3.9 it spells `tuple[…]` as `typing.Tuple[…]` and so on, on the same lines.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from hookproof.finding import Finding, Verdict
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.verify.plan import plan
from hookproof.verify.run import Limits, ask
from hookproof.verify.verdict import verdict_of

FIXTURES = Path(__file__).parent.parent / "fixtures"
_GENERIC = re.compile(r"\b(tuple|list|dict|set|type)\[")
_ABSTRACT = "from collections.abc import"
_LIBRARY_MODE = re.compile(r"^#\s*hookproof:\s*assume-scripted", re.MULTILINE)


def spelled_for_old_python(text: str) -> str:
    """Return the program with `typing`'s generic types for those that Python 3.8 does not have."""
    if not _GENERIC.search(text) and _ABSTRACT not in text:
        return text
    text = _GENERIC.sub(lambda match: f"{match[1].title()}[", text).replace(_ABSTRACT, "from typing import")
    return re.sub(
        r"^(?=from (?!__future__)|import )",
        "from typing import Dict, List, Set, Tuple, Type; ",
        text,
        count=1,
        flags=re.MULTILINE,
    )


def asked(python: str, folder: Path) -> list[tuple[Finding, Verdict]]:
    """Copy the fixtures into `folder` and return their findings with the verdicts of `python`'s torch."""
    version = subprocess.run(
        [python, "-c", "import sys; print(sys.version_info >= (3, 9))"],
        capture_output=True,
        text=True,
        check=True,
    )
    findings: list[Finding] = []
    for fixture in sorted(FIXTURES.iterdir()):
        files = sorted(fixture.rglob("*.py")) if fixture.is_dir() else [fixture]
        target = folder / f"of_{fixture.stem}"
        target.mkdir()
        for file in files:
            copy = Path(shutil.copy(file, target))
            if version.stdout.strip() == "False":
                copy.write_text(spelled_for_old_python(copy.read_text("utf-8")), "utf-8")
        in_library_mode = any(_LIBRARY_MODE.search(file.read_text("utf-8")) for file in files)
        findings += check_paths([str(target)], Settings(assume_scripted=in_library_mode)).findings
    answers = {answer["id"]: answer for answer in ask(python, plan(findings), Limits(timeout=60))}
    return [(finding, verdict_of(finding, answers[number])) for number, finding in enumerate(findings)]


def main(pythons: list[str]) -> None:
    """Print what is not confirmed, then a row of figures for each interpreter."""
    rows = []
    for python in pythons:
        with tempfile.TemporaryDirectory() as folder:
            pairs = asked(python, Path(folder).resolve())
        torch = next((verdict.torch for _, verdict in pairs if verdict.torch), "?")
        for finding, verdict in pairs:
            if verdict.status != "confirmed":
                location = f"{Path(finding.path).name}:{finding.line}"
                print(f"{torch} {location} {finding.code} {verdict.status}: {verdict.reason}")
        counts = Counter(verdict.status for _, verdict in pairs)
        rows.append((torch, *(counts[status] for status in ("confirmed", "refuted", "inconclusive"))))
    print("| torch | confirmed | refuted | inconclusive |\n|---|---:|---:|---:|")
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
