"""Torch confirms every finding of the fixtures, refutes planted ones, and the scripts show the failure."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fixture_programs import Fixture, all_fixtures
from hookproof.engine import check_paths
from hookproof.finding import Finding
from hookproof.settings import Settings
from hookproof.verify.plan import plan
from hookproof.verify.reproduce import write_reproductions
from hookproof.verify.run import Limits, ask
from hookproof.verify.verdict import verdict_of

LIMITS = Limits(timeout=60, jobs=2)


def asked(findings: Sequence[Finding]) -> tuple[list[Finding], dict[int, dict[str, Any]]]:
    """Return the findings with their verdicts, and the worker's answers."""
    answers = {a["id"]: a for a in ask(sys.executable, plan(findings), LIMITS)}
    verdicts = [verdict_of(finding, answers[number]) for number, finding in enumerate(findings)]
    judged = [msgspec.structs.replace(f, verdict=v) for f, v in zip(findings, verdicts, strict=True)]
    return judged, answers


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
def judged(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[list[Finding], dict[int, dict[str, Any]]]:
    findings: list[Finding] = []
    for fixture, folder in copied(tmp_path_factory.mktemp("fixtures")):
        report = check_paths([str(folder)], Settings(assume_scripted=fixture.assume_scripted))
        findings += report.findings
    return asked(findings)


def shown(finding: Finding) -> str:
    assert finding.verdict
    verdict = finding.verdict
    return f"{Path(finding.path).name}:{finding.line} {finding.code} {verdict.status}: {verdict.reason}"


def test_torch_confirms_every_expectation(judged: tuple[list[Finding], dict[int, dict[str, Any]]]) -> None:
    others = [shown(f) for f in judged[0] if f.verdict and f.verdict.status != "confirmed"]
    assert len(judged[0]) > 150
    assert not others, "\n".join(others)


_REGISTRATIONS = {
    "HKP108": r"\.remove\(",
    "HKP114": r"\.forward\(",
    "HKP115": r"\bscripted\(",
    "HKP121": r"\bmodel\.(count|seen|total)",
}


def planted(judged: Sequence[Finding]) -> list[Finding]:
    """Return life-cycle findings moved to the same kind of line in programs that survive."""
    moved = []
    for fixture in all_fixtures():
        code = fixture.path.stem[:6].upper()
        models = [f for f in judged if f.code == code and Path(f.path).stem == fixture.path.stem]
        if not re.fullmatch(r"HKP1\d\d", code) or not models:
            continue
        pattern = _REGISTRATIONS.get(code, r"register_(\w+_)?(forward|backward|state_dict)\w*hook\(")
        for line, text in _surviving_lines(fixture):
            if match := re.search(pattern, text):
                moved.append(_move(models[0], line, text, match.start()))
    return moved


def _surviving_lines(fixture: Fixture) -> list[tuple[int, str]]:
    import ast

    text = fixture.main.read_text("utf-8")
    lines = text.splitlines()
    return [
        (number, lines[number - 1])
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("survives")
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    ]


def _move(finding: Finding, line: int, text: str, start: int) -> Finding:
    # From the start of the dotted name to the bracket that closes the call, or to the end of an attribute.
    first = len(re.sub(r"[\w.\[\]()]*$", "", text[:start]))
    end = (
        start + len(re.match(r"[\w.]+", text[start:])[0]) if finding.code == "HKP121" else len(text.rstrip())
    )  # type: ignore[index]
    if finding.code == "HKP114":
        depth, end = 0, start
        for end in range(start, len(text)):
            depth += (text[end] == "(") - (text[end] == ")")
            if text[end] == ")" and depth == 0:
                break
        end += 1
    changes = {"line": line, "end_line": line, "column": first + 1, "end_column": end + 1, "verdict": None}
    subject = msgspec.structs.replace(finding.subject, registration_line=line, entry_path=None)  # type: ignore[type-var]
    return msgspec.structs.replace(finding, subject=subject, **changes)


def test_torch_refutes_what_is_planted_on_survivors(
    judged: tuple[list[Finding], dict[int, dict[str, Any]]],
) -> None:
    found, _ = asked(planted(judged[0]))
    statuses = [f.verdict.status for f in found if f.verdict]
    assert statuses.count("refuted") >= 50
    assert "confirmed" not in statuses, "\n".join(map(shown, found))
    others = [f for f in found if f.verdict and f.verdict.status == "inconclusive"]
    assert all("did not come to the finding's line" in shown(f) for f in others), "\n".join(
        map(shown, others)
    )


def test_scripts_show_the_failure_by_themselves(
    judged: tuple[list[Finding], dict[int, dict[str, Any]]], tmp_path: Path
) -> None:
    findings, answers = judged
    first = {f.code: number for number, f in reversed(list(enumerate(findings)))}
    chosen = [first[code] for code in sorted(first)][::6]
    found = write_reproductions(
        [findings[n] for n in chosen],
        plan([findings[n] for n in chosen]),
        {index: answers[n] for index, n in enumerate(chosen)},
        str(tmp_path),
        sys.executable,
    )
    scripts = [Path(f.verdict.reproduction) for f in found if f.verdict and f.verdict.reproduction]
    assert len(scripts) >= 0.8 * len(chosen) > 5
    for script in scripts[:3]:
        process = subprocess.run(
            [sys.executable, "-I", str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert process.returncode == 1
        assert re.search(r"Error|differs", process.stderr)
