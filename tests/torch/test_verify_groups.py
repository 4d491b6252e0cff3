"""Experiments on one module share its import, whatever the import does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asked_together import Case, verdicts_together
from hookproof.finding import Finding, Verdict
from hookproof.verify.run import Limits
from verify_project import attribute_finding

HOOKS = "".join(f"\n\ndef hook{number}(m, i, o):\n    m.nope\n" for number in range(6))


FAILING = {
    "import time\ntime.sleep(1000)\n": "importing net did not finish",
    "import ctypes\nctypes.string_at(0)\n": "crashed the interpreter .* while importing net",
    "raise ValueError('not today')\n": "importing net failed: ValueError: not today",
    "import os\nos._exit(3)\n": "crashed the interpreter .exit status 3. while importing net",
}
MARKING = "import os\nopen(os.path.dirname(__file__) + '/imports', 'a').write('x')\n"
THREADS = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
MARKED = {"marked": MARKING, "threads": THREADS + MARKING}


def six(folder: Path, start: str) -> list[Finding]:
    """Return findings on six hooks that break, in a module that starts so."""
    path = folder / "net.py"
    path.write_text(start + HOOKS, "utf-8")
    rows = path.read_text("utf-8").splitlines()
    return [
        attribute_finding(path, number, 5, "HKP301", "m.nope", rows[number - 2][4:9], None)
        for number, row in enumerate(rows, 1)
        if row == "    m.nope"
    ]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a folder for each module."""
    return {name: tmp_path_factory.mktemp("module") for name in [*FAILING, *MARKED]}


@pytest.fixture(scope="module")
def judged(folders: dict[str, Path]) -> dict[str, list[Verdict]]:
    """Return the verdicts on the hooks of each module, all of one worker."""
    cases = {start: Case(six(folders[start], start), timeout=8) for start in FAILING}
    cases |= {name: Case(six(folders[name], start)) for name, start in MARKED.items()}
    limits = Limits(timeout=60, jobs=2, writable=tuple(map(str, folders.values())))
    return verdicts_together(cases, limits)


def test_a_module_is_imported_once_for_each_job(
    folders: dict[str, Path], judged: dict[str, list[Verdict]]
) -> None:
    assert [v.status for v in judged["marked"]] == ["confirmed"] * 6, judged["marked"]
    assert (folders["marked"] / "imports").read_text() == "xx"


@pytest.mark.parametrize("start", FAILING)
def test_an_import_that_fails_is_the_reason_for_all(start: str, judged: dict[str, list[Verdict]]) -> None:
    found = judged[start]
    assert len(found) == 6
    assert all(v.status == "inconclusive" and re.search(FAILING[start], v.reason) for v in found), found


def test_threads_that_an_import_leaves_are_there_for_each_experiment(
    folders: dict[str, Path], judged: dict[str, list[Verdict]]
) -> None:
    assert [v.status for v in judged["threads"]] == ["confirmed"] * 6, judged["threads"]
    assert len((folders["threads"] / "imports").read_text()) == 8
