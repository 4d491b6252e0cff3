"""Experiments on one module share its import, whatever the import does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hookproof.finding import Verdict
from hookproof.verify.plan import plan
from hookproof.verify.run import Limits, ask
from hookproof.verify.verdict import verdict_of
from verify_project import attribute_finding

HOOKS = "".join(f"\n\ndef hook{number}(m, i, o):\n    m.nope\n" for number in range(6))


def verdicts(folder: Path, start: str, timeout: float = 60) -> list[Verdict]:
    """Return the verdicts on six hooks that break, in a module that starts so."""
    path = folder / "net.py"
    path.write_text(start + HOOKS, "utf-8")
    rows = path.read_text("utf-8").splitlines()
    findings = [
        attribute_finding(path, number, 5, "HKP301", "m.nope", rows[number - 2][4:9], None)
        for number, row in enumerate(rows, 1)
        if row == "    m.nope"
    ]
    assert len(findings) == 6
    limits = Limits(timeout=timeout, jobs=2, writable=(str(folder),))
    answers = {a["id"]: a for a in ask(sys.executable, plan(findings), limits)}
    return [verdict_of(finding, answers[number]) for number, finding in enumerate(findings)]


def test_a_module_is_imported_once_for_each_job(tmp_path: Path) -> None:
    marker = tmp_path / "imports"
    found = verdicts(tmp_path, f"open({str(marker)!r}, 'a').write('x')\n")
    assert [v.status for v in found] == ["confirmed"] * 6, found
    assert marker.read_text() == "xx"


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("import time\ntime.sleep(1000)\n", "importing net did not finish"),
        ("import ctypes\nctypes.string_at(0)\n", "crashed the interpreter .* while importing net"),
        ("raise ValueError('not today')\n", "importing net failed: ValueError: not today"),
        ("import os\nos._exit(3)\n", "crashed the interpreter .exit status 3. while importing net"),
    ],
)
def test_an_import_that_fails_is_the_reason_for_all(tmp_path: Path, start: str, reason: str) -> None:
    import re

    found = verdicts(tmp_path, start, timeout=8)
    assert all(v.status == "inconclusive" and re.search(reason, v.reason) for v in found), found


def test_threads_that_an_import_leaves_are_there_for_each_experiment(tmp_path: Path) -> None:
    marker = tmp_path / "imports"
    start = (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
        f"open({str(marker)!r}, 'a').write('x')\n"
    )
    found = verdicts(tmp_path, start)
    assert [v.status for v in found] == ["confirmed"] * 6, found
    assert len(marker.read_text()) == 8
