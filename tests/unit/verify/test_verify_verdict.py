"""What torch said, compared with what a finding predicted, without asking torch."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from hookproof.rules.registry import rules
from hookproof.verify.verdict import verdict_of
from verify_project import attribute_finding


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.py"
    path.write_text("def hook(m, i, o):\n    m.nope\n", "utf-8")
    return path


ACCEPTED = [{"name": "the flagged statement", "error": None}]


@pytest.mark.parametrize(
    ("torch", "status"), [("1.12.1+cu102", "inconclusive"), ("2.0.0a0", "refuted"), ("2.13.0+cpu", "refuted")]
)
def test_a_version_that_the_rule_does_not_speak_of_cannot_refute_it(
    net: Path, torch: str, status: str
) -> None:
    finding = msgspec.structs.replace(
        attribute_finding(net, 1, 1, "HKP301", "m.nope", "hook", None), code="HKP119"
    )
    verdict = verdict_of(finding, {"torch": torch, "attempts": ACCEPTED})
    assert verdict.status == status
    assert ("does not apply to this version" in verdict.reason) == (status == "inconclusive")


def test_a_reason_of_the_workers_own_is_not_called_an_error_of_torch(net: Path) -> None:
    finding = attribute_finding(net, 1, 1, "HKP301", "m.nope", "hook", None)
    error = {"type": "", "bases": [], "message": "masked by: the model does not script by itself"}
    attempts = [{"name": "the flagged statement", "error": error}]
    verdict = verdict_of(finding, {"torch": "2.13.0", "attempts": attempts})
    assert (verdict.status, verdict.reason) == ("inconclusive", error["message"])


SILENT = [(rule.code, world) for rule in rules() if rule.outcome == "silent" for world in sorted(rule.worlds)]


@pytest.mark.parametrize(("code", "world"), SILENT)
def test_a_silent_loss_is_told_in_the_words_of_its_world(code: str, world: str, net: Path) -> None:
    finding = attribute_finding(net, 1, 1, "HKP301", "m.nope", "hook", None)
    finding = msgspec.structs.replace(finding, code=code, world=world, outcome="silent")
    attempt = {"name": "the program", "error": None, "eager": "3", "torchscript": "1", "what": "calls"}
    reason = verdict_of(finding, {"torch": "2.13.0", "attempts": [attempt]}).reason
    is_torchscript = code[:4] in {"HKP1", "HKP2", "HKP3", "HKP4", "HKP5"}
    assert ("TorchScript" in reason) == is_torchscript
    expected, found = {
        "exported": ("in eager mode", "in the exported module"),
        "fx": ("in eager mode", "in the graph module"),
        "compiled by dynamo": ("in eager mode", "in the compiled module"),
        "copied": ("with hooks of its own", "in the copy"),
        "uncalled": ("expected", "found"),
        "replaced": ("expected", "found"),
    }.get(world, ("in eager mode", "in TorchScript"))
    assert reason == f"calls: 3 {expected}, 1 {found} (the program)"
