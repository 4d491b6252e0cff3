"""A wrong finding is not confirmed: another rule's finding on a line that breaks for its own reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from asked_together import asked
from hookproof.finding import Finding
from hookproof.rules.registry import rule
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from test_predictions import SHARED
from test_verify_fixtures import copied, shown

_EACH = 3  # other rules for every finding


def of_others(findings: Sequence[Finding]) -> list[tuple[Finding, str]]:
    """Return the first finding of each rule under the names of others that ask the same in its world.

    Rules that torch refuses in the same words are left out: there the right line cannot be a wrong one.
    """
    first = {f.code: f for f in reversed(findings) if f.outcome == "raises" and f.prediction}
    planted = []
    for code, finding in sorted(first.items()):
        others = [
            other
            for name, other in sorted(first.items())
            if name != code
            and other.world == finding.world
            and rule(name).asks == rule(code).asks
            and (name, code) not in SHARED
        ]
        start = len(planted) % max(len(others), 1)
        for other in (others[start:] + others[:start])[:_EACH]:
            names = ("code", "rule", "message", "prediction", "outcome", "severity")
            changes = {name: getattr(other, name) for name in names}
            planted.append((msgspec.structs.replace(finding, verdict=None, **changes), code))
    return planted


def test_a_line_that_breaks_for_another_reason_confirms_nothing(tmp_path: Path) -> None:
    findings: list[Finding] = []
    for fixture, folder in copied(tmp_path):
        report = check_paths([str(folder)], Settings(assume_scripted=fixture.assume_scripted))
        findings += report.findings
    planted = of_others(findings)
    assert len(planted) > 60
    judged, _ = asked([finding for finding, _ in planted])
    wrong = [
        f"really {code}: {shown(finding)} {finding.verdict and finding.verdict.error}"
        for finding, (_, code) in zip(judged, planted, strict=True)
        if finding.verdict and finding.verdict.status == "confirmed"
    ]
    assert not wrong, "\n".join(wrong)


def test_what_only_a_stand_in_shows_does_not_read_confirmed(tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(
        "def keeps(module, input, output):\n    print(module.__class__)\n\n\n"
        "def attach(model):\n    model.register_forward_hook(keeps)\n",
        "utf-8",
    )
    findings = check_paths([str(tmp_path)], Settings(assume_scripted=True)).findings
    judged, _ = asked([f for f in findings if f.confidence == "possible" and f.outcome == "raises"])
    assert judged
    for finding in judged:
        assert finding.verdict
        assert finding.verdict.shown_by == "a stand-in module"
        assert finding.verdict.words == "would break if scripted"
        assert finding.verdict.reason.startswith("would break if scripted: ")
