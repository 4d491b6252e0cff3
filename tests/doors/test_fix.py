"""`check --fix` and its relatives, through the command: what is written, shown and said, and the status."""

from __future__ import annotations

from pathlib import Path

import pytest

from hooked_project import hookproof

LOOP = """\
import torch
from torch import nn

parts = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
for part in parts:  # each of them
    part.register_forward_hook(print)
"""
MENDED = LOOP.replace(
    "    part.r", "    if isinstance(part, torch.jit.ScriptModule):\n        continue\n    part.r"
)
LAMBDA = """\
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2))
net.register_forward_hook(lambda module, args, output: output * 2)
torch.jit.script(net)
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    return folder


def test_fix_writes_what_mends_and_shows_what_is_left(tmp_path: Path) -> None:
    write(tmp_path, loop=LOOP, late=LAMBDA)
    done = hookproof("check", "--fix", "--no-cache", cwd=tmp_path)
    assert (tmp_path / "loop.py").read_text("utf-8") == MENDED
    assert (tmp_path / "late.py").read_text("utf-8") == LAMBDA
    assert done.returncode == 1
    assert "HKP201" in done.stdout
    assert "HKP102" not in done.stdout
    assert done.stderr.splitlines()[0] == "Fixed 1 finding, 1 left"


def test_nothing_is_left_to_do_the_second_time(tmp_path: Path) -> None:
    write(tmp_path, loop=LOOP)
    assert hookproof("check", "--fix", "--no-cache", cwd=tmp_path).returncode == 0
    again = hookproof("check", "--diff", "--no-cache", cwd=tmp_path)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_a_difference_is_shown_and_nothing_written(tmp_path: Path) -> None:
    write(tmp_path, loop=LOOP)
    done = hookproof("check", "--diff", "--no-cache", cwd=tmp_path)
    assert (tmp_path / "loop.py").read_text("utf-8") == LOOP
    assert done.returncode == 1
    assert "+    if isinstance(part, torch.jit.ScriptModule):\n+        continue\n" in done.stdout
    assert done.stderr == "Would fix 1 finding, 0 left\n"


def test_only_fixes_are_made_where_nothing_is_to_be_shown(tmp_path: Path) -> None:
    write(tmp_path, loop=LOOP, late=LAMBDA)
    done = hookproof("check", "--fix-only", "--no-cache", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Fixed 1 finding, 1 left\n")


def test_what_may_change_eager_mode_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path, late=LAMBDA)
    plain = hookproof("check", "--fix", "--no-cache", cwd=tmp_path)
    assert (tmp_path / "late.py").read_text("utf-8") == LAMBDA
    assert plain.returncode == 1
    asked = hookproof("check", "--fix", "--unsafe-fixes", "--show-fixes", "--no-cache", cwd=tmp_path)
    assert asked.returncode == 0, asked.stdout
    assert "def hook(module, args: tuple[torch.Tensor], output):\n    return output * 2\n" in (
        tmp_path / "late.py"
    ).read_text("utf-8")
    assert asked.stderr.splitlines()[:2] == [
        "late.py: 1 × HKP201 (lambda-hook)",
        "late.py: 1 × HKP204 (untyped-hook-input)",
    ]


def test_text_on_stdin_comes_back_mended(tmp_path: Path) -> None:
    done = hookproof("check", "--fix", "-", cwd=tmp_path, stdin=LOOP.encode())
    assert (done.returncode, done.stdout) == (0, MENDED)
    unchanged = hookproof("check", "--fix", "-", cwd=tmp_path, stdin=LAMBDA.encode())
    assert (unchanged.returncode, unchanged.stdout) == (1, LAMBDA)
    assert "HKP201" in unchanged.stderr


@pytest.mark.parametrize(
    ("table", "is_mended"),
    [
        ('unfixable = ["HKP102"]', False),
        ('fixable = ["HKP2"]', False),
        ('fixable = ["HKP102"]', True),
        ('extend-unsafe-fixes = ["HKP1"]', False),
        ('extend-unsafe-fixes = ["HKP1"]\nextend-safe-fixes = ["HKP102"]', True),
    ],
)
def test_a_project_says_what_is_mended(tmp_path: Path, table: str, is_mended: bool) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.hookproof]\n{table}\n", "utf-8")
    write(tmp_path, loop=LOOP)
    hookproof("check", "--fix", "--no-cache", cwd=tmp_path)
    assert (tmp_path / "loop.py").read_text("utf-8") == (MENDED if is_mended else LOOP)


def test_what_is_silenced_or_known_is_left_alone(tmp_path: Path) -> None:
    silenced = LOOP.replace("hook(print)", "hook(print)  # noqa: HKP102")
    write(tmp_path, silenced=silenced)
    hookproof("check", "--fix", "--no-cache", cwd=tmp_path)
    assert (tmp_path / "silenced.py").read_text("utf-8") == silenced
    write(tmp_path, silenced=LOOP)
    hookproof("check", "--write-baseline", "known.json", cwd=tmp_path)
    hookproof("check", "--fix", "--baseline", "known.json", "--no-cache", cwd=tmp_path)
    assert (tmp_path / "silenced.py").read_text("utf-8") == LOOP


def test_a_fix_that_brings_another_finding_is_not_kept(tmp_path: Path) -> None:
    text = LAMBDA.replace("output: output * 2", "output, factor=2: output * factor")
    write(tmp_path, late=text)
    done = hookproof("check", "--fix", "--unsafe-fixes", "--no-cache", cwd=tmp_path)
    assert (tmp_path / "late.py").read_text("utf-8") == text
    assert done.stderr.startswith("late.py:5:27: the fix of HKP201 was not kept: it brings HKP208")


def test_options_that_have_no_meaning_beside_it(tmp_path: Path) -> None:
    write(tmp_path, loop=LOOP)
    done = hookproof("check", "--fix", "--add-noqa", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "hookproof: --fix does not go with --add-noqa\n")


def test_a_file_that_does_not_parse_stays_and_the_others_are_mended(tmp_path: Path) -> None:
    write(tmp_path, loop=LOOP, broken="import torch\nnet.register_forward_hook(\n")
    done = hookproof("check", "--fix", "--no-cache", cwd=tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "loop.py").read_text("utf-8") == MENDED


def test_a_file_that_cannot_be_written_is_named_and_the_others_are_mended(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    write(folder, loop=LOOP)
    write(tmp_path, outside=LOOP)
    (folder / "linked.py").symlink_to(tmp_path / "outside.py")
    done = hookproof("check", "--fix", "--no-cache", "linked.py", "loop.py", cwd=folder)
    assert done.returncode == 2
    assert "linked.py: is a link out of this folder, and is not written\n" in done.stderr
    assert "Fixed 1 finding, 0 left\n" in done.stderr
    assert (folder / "loop.py").read_text("utf-8") == MENDED
    assert (tmp_path / "outside.py").read_text("utf-8") == LOOP
