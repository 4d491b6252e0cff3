"""A world is a file: one is put beside the others, with a rule and a program, and nothing else is used."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

import hookproof
from hooked_project import environment
from places import TESTS

ADDED = TESTS / "doors" / "added_world"
PROGRAM = "doubled_program.py"


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with hookproof as it is, the world and the rule added, and one with the program."""
    location = tmp_path_factory.mktemp("added")
    package = location / "tool" / "hookproof"
    shutil.copytree(Path(hookproof.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ADDED / "twins.py", package / "worlds")
    shutil.copy(ADDED / "hkp890_hook_shared_with_a_twin.py", package / "rules")
    (location / "project").mkdir()
    shutil.copy(ADDED / PROGRAM, location / "project")
    return location


def run(location: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command of the hookproof that has the world."""
    return subprocess.run(
        [sys.executable, "-m", "hookproof", *arguments],
        cwd=location / "project",
        env=environment(PYTHONPATH=str(location / "tool")),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def expected(confidences: Iterable[str]) -> list[tuple[int, str]]:
    marks = re.compile(r"# HKP890 (\w+)$")
    lines = (ADDED / PROGRAM).read_text("utf-8").splitlines()
    found = ((number, mark[1]) for number, line in enumerate(lines, 1) if (mark := marks.search(line)))
    return [(number, confidence) for number, confidence in found if confidence in confidences]


def findings(done: subprocess.CompletedProcess[str]) -> list[tuple[int, str]]:
    told = json.loads(done.stdout)["findings"]
    assert {(each["code"], each["world"]) for each in told} <= {("HKP890", "twin")}
    return [(each["line"], each["confidence"]) for each in told]


def test_the_command_finds_what_is_shown(location: Path) -> None:
    done = run(location, "check", "--output-format", "json")
    assert (done.returncode, findings(done)) == (1, expected({"certain", "likely"}))
    assert findings(run(location, "check", "-j2", "--output-format=json")) == expected({"certain", "likely"})
    shown = run(location, "check").stdout
    assert "hook on a twin, certain, warning, silent" in shown
    assert "leaves eager mode here (`packing.twin`)" in shown


def test_a_world_is_assumed_on_the_command_line_and_in_settings(location: Path, tmp_path: Path) -> None:
    done = run(location, "check", "--assume", "twin", "--output-format", "json")
    assert findings(done) == expected({"certain", "likely", "possible"})
    assert "`possible`: applies only if someone doubles the module" in done.stderr
    config = tmp_path / "pyproject.toml"
    config.write_text('[tool.hookproof]\nassume = ["twin"]\n')
    done = run(location, "check", f"--config={config}", "--output-format=json")
    assert findings(done) == expected({"certain", "likely", "possible"})
    unknown = run(location, "check", "--assume", "dream")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    (said,) = unknown.stderr.splitlines()
    assert said.startswith("hookproof: --assume: `dream` is not a world: script, trace, freeze, load, ")
    assert said.endswith("twin, pack")


def test_rules_of_the_world_are_selected_and_explained(location: Path) -> None:
    assert findings(run(location, "check", "--select=HKP89", "--output-format=json")) == expected(
        {"certain", "likely"}
    )
    assert run(location, "check", "--ignore=HKP89").returncode == 0
    listed = run(location, "rules", "HKP89", "--output-format", "markdown").stdout
    assert "### HKP89x: Does a twin of the module do as its original does?" in listed
    assert "hook-shared-with-a-twin" in run(location, "rules").stdout
    assert "- World: twin" in run(location, "explain", "HKP890").stdout


def test_the_inventory_tells_each_fate(location: Path) -> None:
    hooks = json.loads(run(location, "hooks", "--output-format", "json").stdout)["hooks"]
    marks = re.finditer(r"# pack: ([a-z ]+?)(?:  #|$)", (ADDED / PROGRAM).read_text("utf-8"), re.MULTILINE)
    packed = [each["fates"]["pack"] for each in hooks if "pack" in each["worlds"]]
    assert packed == [mark[1] for mark in marks]
    hooks = [each for each in hooks if "pack" not in each["worlds"]]
    fates = {(each["line"], each["hook"]["name"]): (each["worlds"], each["fates"]) for each in hooks}
    told = {name: (worlds, fate["twin"]) for (_, name), (worlds, fate) in fates.items() if worlds}
    assert told["double"] == (["twin"], "duplicated")
    assert {fate["twin"] for worlds, fate in fates.values() if worlds} == {"duplicated", "not called"}
    assert {fate["script"] for _, fate in fates.values()} == {"refused"}, "none of them has annotations"
    assert "duplicated by twin (HKP890)" in run(location, "hooks").stdout
    only = json.loads(run(location, "hooks", "--world=twin", "--output-format=json").stdout)["hooks"]
    assert len(only) == sum("twin" in worlds for worlds, _ in fates.values())
    page = run(location, "hooks", "--output-format", "html").stdout
    assert '<option value="twin">twin</option>' in page
    assert "The twin has the same hook" in page


@pytest.mark.parametrize("name", ["sarif", "gitlab", "junit", "github", "json-lines", "pylint", "concise"])
def test_every_format_carries_it(name: str, location: Path) -> None:
    done = run(location, "check", "--output-format", name)
    assert done.returncode == 1
    assert "HKP890" in done.stdout
