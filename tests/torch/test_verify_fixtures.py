"""Torch confirms every finding of the fixtures, refutes planted ones, and the scripts show the failure."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from asked_together import LIMITS, Judged, asked, asked_together
from fixture_programs import Fixture, all_fixtures
from hookproof.finding import Finding
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.verify.plan import plan
from hookproof.verify.reproduce import write_reproductions
from planted_findings import planted_in_hooks, planted_registrations


def copied(folder: Path) -> list[tuple[Fixture, Path]]:
    """Copy each fixture to a folder of its own, away from this project."""
    copies = []
    for fixture in all_fixtures():
        target = folder / f"of_{fixture.path.stem}"
        target.mkdir()
        for path in fixture.files:
            shutil.copy(path, target)
        copies.append((fixture, target))
    return copies


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    findings: list[Finding] = []
    for fixture, folder in copied(tmp_path_factory.mktemp("fixtures")):
        report = check_paths([str(folder)], Settings(assume_scripted=fixture.assume_scripted))
        findings += report.findings
    return asked(findings)


@pytest.fixture(scope="module")
def planted(judged: Judged) -> dict[str, Judged]:
    """Return wrong findings that were put on programs that survive, judged."""
    on_lines, in_hooks = planted_registrations(judged[0]), planted_in_hooks(judged[0])
    return asked_together({"life cycles": on_lines, "hooks": in_hooks})


def shown(finding: Finding) -> str:
    assert finding.verdict
    verdict = finding.verdict
    return f"{Path(finding.path).name}:{finding.line} {finding.code} {verdict.status}: {verdict.reason}"


def test_torch_confirms_every_expectation(judged: Judged) -> None:
    others = [shown(f) for f in judged[0] if f.verdict and f.verdict.status != "confirmed"]
    assert len(judged[0]) > 150
    assert not others, "\n".join(others)


def test_torch_refutes_life_cycles_planted_on_survivors(planted: dict[str, Judged]) -> None:
    found, _ = planted["life cycles"]
    statuses = [f.verdict.status for f in found if f.verdict]
    assert statuses.count("refuted") >= 50
    assert "confirmed" not in statuses, "\n".join(map(shown, found))
    others = [f for f in found if f.verdict and f.verdict.status == "inconclusive"]
    assert all("did not come to the finding's line" in shown(f) for f in others), "\n".join(
        map(shown, others)
    )


def test_torch_refutes_what_is_planted_in_hooks_that_survive(planted: dict[str, Judged]) -> None:
    found, _ = planted["hooks"]
    assert Counter(f.code[:4] for f in found) > Counter(HKP2=20, HKP3=20, HKP4=20, HKP5=3)
    others = [shown(f) for f in found if f.verdict and f.verdict.status != "refuted"]
    assert not others, "\n".join(others)


def test_scripts_show_the_failure_by_themselves(judged: Judged, tmp_path: Path) -> None:
    findings, answers = judged
    chosen = sorted({f.code: number for number, f in reversed(list(enumerate(findings)))}.values())
    found = write_reproductions(
        [findings[n] for n in chosen],
        list(plan([findings[n] for n in chosen])),
        {index: answers[n] for index, n in enumerate(chosen)},
        str(tmp_path),
        sys.executable,
        LIMITS,
    )
    assert len(found) > 60
    without = [f for f in found if f.verdict and not f.verdict.reproduction]
    assert not without, "\n".join(map(shown, without))
    scripts = [Path(f.verdict.reproduction) for f in found if f.verdict and f.verdict.reproduction]
    for script in scripts[::9]:  # in an interpreter of its own, as the person who gets it will run it
        process = subprocess.run(
            [sys.executable, "-I", str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert process.returncode == 1, script.read_text("utf-8")
        assert re.search(r"Error|Unsupported|differs", process.stderr)
