"""A tree of hostile texts, checked and listed at once: each is analysed or told, none hurts others."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hooked_project import hookproof
from hostile_texts import hostile_files, with_line

ATTACKS = list(hostile_files())
_GOOD = with_line("module.other").replace("Net", "Good")


class Tree:
    """What the command says of all attacks beside a good file."""

    def __init__(self, folder: Path) -> None:
        (folder / "pyproject.toml").touch()
        (folder / "good.py").write_text(_GOOD, "utf-8")
        self.alone = _findings(hookproof("check", "--no-cache", "--output-format=json", "-q", cwd=folder))
        for number, (_, data, _) in enumerate(ATTACKS):
            (folder / f"attack{number}.py").write_bytes(data)
        self.checked = hookproof("check", "--no-cache", "--output-format=json", "-q", cwd=folder)
        self.listed = hookproof("hooks", "--no-cache", "--output-format=json", "-q", cwd=folder)
        self.found = _findings(self.checked)
        self.failed = _failed(self.checked)
        self.hooks = json.loads(self.listed.stdout)


def _findings(done: subprocess.CompletedProcess[str]) -> list[Any]:
    found: list[Any] = json.loads(done.stdout)["findings"]
    return found


def _failed(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {each["path"]: each["reason"] for each in json.loads(done.stdout)["files"]["failed"]}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return the answers; the runs are shared by all tests of this file."""
    return Tree(tmp_path_factory.mktemp("hostile"))


def test_the_command_lives_and_the_good_file_is_reported_as_if_alone(tree: Tree) -> None:
    assert tree.alone
    assert [found for found in tree.found if found["path"] == "good.py"] == tree.alone
    assert any("good.py" in str(hook) for hook in tree.hooks["hooks"])
    for done in (tree.checked, tree.listed):
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert "internal error" not in done.stderr


@pytest.mark.parametrize("number", range(len(ATTACKS)), ids=[name for name, _, _ in ATTACKS])
def test_a_hostile_text_is_analysed_or_told_in_one_line(number: int, tree: Tree) -> None:
    path, told = f"attack{number}.py", ATTACKS[number][2]
    reason = tree.failed.get(path, "")
    found = [finding for finding in tree.found if finding["path"] == path]
    assert "\n" not in reason
    if told:
        assert path in reason
        assert told in reason
    elif told is not None:
        assert not reason
        assert any("seen" in str(finding["attribute"]) for finding in found)
