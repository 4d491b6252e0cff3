"""What a program may have many of: eight times as much takes about eight times as long, and never fails."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from grown_programs import counts
from hooked_project import environment
from measured_growth import TIMES
from places import ROOT

_NAMES = [name for name, _ in counts()]
# Twice what growth in proportion would take; what is over in a moment cannot be measured.
_SLOWER, _MOMENT = 2 * TIMES, 0.5
_MEGABYTES = 400


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what each kind took, by name and size."""
    support = str(ROOT / "tests" / "support")
    done = subprocess.run(
        [sys.executable, f"{support}/measured_growth.py"],
        cwd=tmp_path_factory.mktemp("growth"),
        env=environment(PYTHONPATH=f"{support}:{ROOT / 'src'}"),
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    return {each["name"]: each["sizes"] for each in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("size", ["little", "much"])
@pytest.mark.parametrize("name", _NAMES)
def test_it_is_analysed(name: str, size: str, measured: dict[str, Any]) -> None:
    little, much = measured[name].values()
    found = much if size == "much" else little
    assert "error" not in found, found
    assert found["failed"] == []
    assert found["memory"] < _MEGABYTES


@pytest.mark.parametrize("command", ["check", "hooks"])
@pytest.mark.parametrize("name", _NAMES)
def test_time_grows_with_the_text(name: str, command: str, measured: dict[str, Any]) -> None:
    little, much = measured[name].values()
    assert much[command] < _SLOWER * little[command] + _MOMENT
