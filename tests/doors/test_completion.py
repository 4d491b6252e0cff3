"""What a shell completes: rules by code and name, formats, worlds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from hooked_project import environment
from hookproof.cli import cli
from hookproof.rules import registry


def completed(*words: str) -> list[str]:
    *before, incomplete = words
    found = BashComplete(cli, {}, "hookproof", "_HOOKPROOF_COMPLETE").get_completions(before, incomplete)
    return [each.value for each in found]


@pytest.mark.parametrize("option", ["--select", "--extend-select", "--ignore", "--fixable", "--unfixable"])
def test_rules_are_completed_by_code_and_by_name(option: str) -> None:
    assert set(completed("check", option, "HKP3")) == {"HKP3", "HKP30", "HKP31", *registry.codes("HKP3")}
    assert completed("check", option, "lambda") == ["lambda-hook"]
    assert completed("check", option, "HKP1,hkp201") == ["HKP1,HKP201"]
    assert completed("check", option, "al") == ["ALL"]


def test_rules_are_completed_wherever_one_is_named() -> None:
    assert completed("explain", "hook-on-sc") == ["hook-on-script-module"]
    assert "HKP302" in completed("rules", "HKP3")
    assert "HKP302" in completed("verify", "--select", "HKP3")


def test_formats_and_worlds_are_completed() -> None:
    assert completed("check", "--output-format", "j") == ["json", "json-lines", "junit"]
    assert completed("hooks", "--output-format", "t") == ["table"]
    assert completed("check", "--assume", "ex") == ["export"]
    assert "traced" in completed("hooks", "--world", "t")
    assert completed("check", "--fail-on", "") == ["possible", "likely", "certain"]


def test_bash_asks_the_command_itself(tmp_path: Path) -> None:
    asked = {"_HOOKPROOF_COMPLETE": "bash_complete", "COMP_WORDS": "hookproof check --select HKP30"}
    done = subprocess.run(
        [sys.executable, "-c", "from hookproof.__main__ import run; run()"],
        env=environment(**asked, COMP_CWORD="3"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "plain,HKP302" in done.stdout.split(os.linesep)
