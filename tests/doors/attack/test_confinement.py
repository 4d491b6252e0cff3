"""Programs that attack the verifier: none forges a verdict, hurts another's, or leaves anything behind.

All run in one batch beside findings on harmless programs. Each attack stands at the top of a module or in the
constructor of its module class; a hook in the same file breaks for a plain reason, another one is sound. What
a program can do is to lie about itself; where that takes no more than a name of the verifier's, it is told.
"""

from __future__ import annotations

import sys
import textwrap
import time
from pathlib import Path

import msgspec
import pytest

from hookproof.finding import Finding, Verdict
from hookproof.verify.plan import plan
from hookproof.verify.run import Limits, ask
from hookproof.verify.verdict import verdict_of
from left_behind import assert_nothing_left
from places import DATA
from verify_project import attribute_finding

MODULE = """\
import torch
from torch import nn
{top}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {constructor}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def broken(m, i, o):
    m.nope


def sound(m, i, o):
    m.training
"""
TOOLS, *_SECTIONS = (DATA / "attacks.txt").read_text("utf-8").split("=== ")
ATTACKS: dict[str, str] = {}
for _section in _SECTIONS:
    _name, _, _code = _section.partition("\n")
    ATTACKS[_name] = _code
GOOD = 6
KEY = 0x484F4F00  # of what attacks leave with the kernel
SECONDS, FEW_SECONDS = 20.0, 1.5  # that an experiment may take, and one that takes all it gets


def _write(folder: Path, name: str, top: str = "", constructor: str = "pass") -> list[Finding]:
    """Write a module to a folder of its own; return findings on its broken and on its sound hook."""
    folder.mkdir()
    path = folder / f"{name}.py"
    path.write_text(
        MODULE.format(top=top, constructor=textwrap.indent(constructor, " " * 8).strip()), "utf-8"
    )
    rows = path.read_text("utf-8").splitlines()
    findings = []
    for attribute, hook in (("m.nope", "broken"), ("m.training", "sound")):
        line = rows.index(f"    {attribute}") + 1
        findings.append(attribute_finding(path, line, 5, "HKP301", attribute, hook, f"{name}:Net"))
    return findings


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Verdict]]:
    """Return the verdicts on attacks and on harmless programs, whose files must be as they were."""
    root, temporary = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("temporary")
    programs: dict[str, list[Finding]] = {}
    good = iter(range(GOOD))
    for number, (name, code) in enumerate(ATTACKS.items()):
        if number % (len(ATTACKS) // GOOD + 1) == 0:
            index = next(good)
            programs[f"good {index}"] = _write(root / f"good_{index}", f"good_{index}")
        module = f"attack_{number}"
        if name.startswith("at import"):
            findings = _write(root / module, module, TOOLS + code)
        else:
            findings = _write(root / module, module, TOOLS, code)
        # A module with one finding is run in another way than one with two.
        programs[name] = findings if number % 2 else findings[:1]
    before = {path: (path.read_bytes(), path.stat().st_mode) for path in root.rglob("*.py")}
    findings = [finding for found in programs.values() for finding in found]
    endless = [("without end" in name) for name, found in programs.items() for _ in found]
    experiments = [
        msgspec.structs.replace(experiment, timeout=FEW_SECONDS if is_endless else SECONDS)
        for experiment, is_endless in zip(plan(findings), endless, strict=True)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        limits = Limits(timeout=SECONDS, memory=512, jobs=2)
        start = time.monotonic()
        answers = {answer["id"]: answer for answer in ask(sys.executable, experiments, limits)}
    print(f"{len(findings)} findings in {time.monotonic() - start:.0f} s")
    assert {path: (path.read_bytes(), path.stat().st_mode) for path in root.rglob("*.py")} == before
    assert_nothing_left(temporary)
    assert not Path("/tmp/hookproof-left").exists()
    assert not Path("/dev/shm/left").exists()
    for kind in ("shm", "msg", "sem"):
        assert str(KEY) not in Path("/proc/sysvipc", kind).read_text()
    verdicts = iter([verdict_of(finding, answers[number]) for number, finding in enumerate(findings)])
    return {name: [next(verdicts) for _ in found] for name, found in programs.items()}


@pytest.mark.parametrize("number", range(GOOD))
def test_every_other_verdict_is_intact(number: int, batch: dict[str, list[Verdict]]) -> None:
    assert [verdict.status for verdict in batch[f"good {number}"]] == ["confirmed", "refuted"]


@pytest.mark.parametrize("name", ATTACKS)
def test_no_attack_forges_its_verdict(name: str, batch: dict[str, list[Verdict]]) -> None:
    broken, *sound = batch[name]
    assert broken.status != "refuted", broken
    assert "FORGED" not in broken.reason.partition("ValueError")[0]
    assert all(verdict.status != "confirmed" for verdict in sound), sound
