"""A tree of hostile texts, checked and listed at once: each is analysed or told, none hurts others."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hooked_project import environment
from hostile_texts import hostile_files, with_line

ATTACKS = list(hostile_files())
_SECONDS, _BYTES = 120, 2 << 30  # of all attacks together, in each process
_GOOD = with_line("module.other").replace("Net", "Good")


class Tree:
    """What the command says of all attacks beside a good file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "pyproject.toml").touch()
        (folder / "good.py").write_text(_GOOD, "utf-8")
        self.alone = _findings(_bounded("check", folder))
        for number, (_, data, _) in enumerate(ATTACKS):
            (folder / f"attack{number}.py").write_bytes(data)
        before = _times(folder.parent)
        self.checked, self.listed = _bounded("check", folder), _bounded("hooks", folder)
        self.is_left_alone = _times(folder.parent) == before
        self.found = _findings(self.checked)
        self.failed = _failed(self.checked)
        self.hooks = json.loads(self.listed.stdout)


def _bounded(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with so much processor time and memory that no attack may take more."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))

    return subprocess.run(
        [sys.executable, "-m", "hookproof", command, "--no-cache", "--output-format=json", "-q"],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=bound,
        check=False,
    )


def _times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def _findings(done: subprocess.CompletedProcess[str]) -> list[Any]:
    found: list[Any] = json.loads(done.stdout)["findings"]
    return found


def _failed(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {each["path"]: each["reason"] for each in json.loads(done.stdout)["files"]["failed"]}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return the answers; the runs are shared by all tests of this file."""
    return Tree(tmp_path_factory.mktemp("hostile") / "tree")


def test_the_command_lives_and_the_good_file_is_reported_as_if_alone(tree: Tree) -> None:
    assert tree.alone
    assert [found for found in tree.found if found["path"] == "good.py"] == tree.alone
    assert any("good.py" in str(hook) for hook in tree.hooks["hooks"])
    assert tree.is_left_alone
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
