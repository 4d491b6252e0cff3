"""Which rules say that their findings can be fixed, and which findings of the fixtures have a fix."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fixture_programs import Fixture, all_fixtures
from hookproof.finding import Finding
from hookproof.fixes.registry import repairs, with_fixes
from hookproof.rules import registry
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """Return what is found in the fixtures of rules that may be fixed, with the fixes of all repairs."""
    found: list[Finding] = []
    for fixture in all_fixtures():
        if not fixture.path.is_dir():
            folder = tmp_path_factory.mktemp("fixture")
            shutil.copy(fixture.path, folder)
            report = check_paths([str(folder)], Settings(assume_scripted=fixture.assume_scripted), jobs=1)
            found += with_fixes(report.findings, lambda path: Path(path).read_bytes())
    return found


def test_rules_say_which_findings_have_a_fix(findings: list[Finding]) -> None:
    for rule in registry.rules():
        have = {finding.fix is not None for finding in findings if finding.code == rule.code}
        expected = {"always": {True}, "sometimes": {True, False}, "never": {False}}[rule.fixable]
        assert have <= expected, rule.code
        assert rule.fixable == "never" or True in have, rule.code


def test_a_fix_changes_something(findings: list[Finding]) -> None:
    assert not [finding for finding in findings if finding.fix is not None and not finding.fix.edits]


def test_a_repair_is_for_rules_that_say_so_and_tells_what_it_changes() -> None:
    for repair in repairs():
        for code in repair.codes:
            assert registry.rule(code).fixable != "never"
        assert repair.changes == repair.changes.strip().rstrip(".")


def test_a_fix_that_is_not_safe_says_why(findings: list[Finding]) -> None:
    fixes = [finding.fix for finding in findings if finding.fix is not None]
    assert all(fix.safe != bool(fix.changes) for fix in fixes)


@pytest.mark.parametrize("fixture", [f for f in all_fixtures() if f.path.stem.startswith("hkp410")], ids=str)
def test_a_file_that_cannot_be_read_has_no_fixes(fixture: Fixture) -> None:
    report = check_paths([str(fixture.path)], Settings(), jobs=1)

    def read(path: str) -> bytes:
        return b"\xff\xfe"

    assert [finding.fix for finding in with_fixes(report.findings, read)] == [None] * len(report.findings)
