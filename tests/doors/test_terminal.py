"""The commands in a terminal: a real pseudo-terminal, and what a terminal emulator shows of it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path

import pyte
import pytest

from hooked_project import environment, write_project

WIDTHS = (80, 200)
LONG = """\
import torch
from torch import nn


class NetworkWithAVeryLongName(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 5)
        self.seen = []

    def forward(self, x):
        return self.fc(x)


def remember_everything_that_comes_along(module, input: tuple[torch.Tensor], output: torch.Tensor):
    text = "a long string literal in front of it all, longer than eighty columns"; module.seen.append(output)

def export():
    model = NetworkWithAVeryLongName()
    model.register_forward_hook(remember_everything_that_comes_along)
    return torch.jit.script(model)
"""


@dataclass
class Shown:
    """What was written to the terminal, and the lines that it shows in the end."""

    raw: str
    lines: list[str]
    status: int

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def in_terminal(*arguments: str, cwd: Path, width: int, is_piped: bool = False, **more: str) -> Shown:
    """Run the command with all its streams on a terminal of this width, but for stdout if that is piped."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 500, width, 0, 0))
    variables = environment(**{"TERM": "xterm-256color", **more})
    variables = {name: value for name, value in variables.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-m", "hookproof", *arguments],
        cwd=cwd,
        env=variables,
        stdin=theirs,
        stdout=subprocess.DEVNULL if is_piped else theirs,
        stderr=theirs,
    )
    os.close(theirs)
    pieces = []
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # what Linux says when the other end is closed
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(ours)
    raw = b"".join(pieces).decode()
    screen = pyte.Screen(width, 2000)
    pyte.Stream(screen).feed(raw)
    lines = [line.rstrip() for line in screen.display]
    while lines and not lines[-1]:
        lines.pop()
    return Shown(raw, lines, process.wait(60))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    deep = "pkg/a_folder_with_a_long_name/another_one_inside_it/long.py"
    return write_project(tmp_path_factory.mktemp("project"), {"pkg/long.py": LONG, deep: LONG})


def assert_nothing_broke_in_two(shown: Shown) -> None:
    """Demand that the terminal had no line to break: it shows as many as were written."""
    written = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown.raw).replace("\r", "").rstrip("\n")
    assert len(written.split("\n")) == len(shown.lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_check(width: int, project: Path) -> None:
    shown = in_terminal("check", "-q", cwd=project, width=width)
    assert shown.status == 1
    assert "\x1b[" in shown.raw
    assert_nothing_broke_in_two(shown)
    at = next(number for number, line in enumerate(shown.lines) if line.startswith("16 |"))
    code, carets = shown.lines[at : at + 2]
    assert code.index("module.seen") == carets.index("^^^^^^^^^^^ compiled hook, certain")
    assert "pkg/long.py:16:84: HKP302" in shown.text
    if width == 200:
        assert LONG.splitlines()[15] in code
    else:
        assert code.startswith("16 | …")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_closing_line_breaks_between_words(width: int, project: Path) -> None:
    shown = in_terminal("check", "--output-format=concise", "pkg/long.py", cwd=project, width=width)
    closing = shown.text[shown.text.index("Found 1 error (1 file checked") :]
    lines = closing.splitlines()
    assert len(lines) == (5 if width == 80 else 3)
    assert "`hookproof explain HKP302`" in lines[-1 if width != 80 else -2]
    assert " ".join(lines[1:]).endswith("`hookproof verify` checks findings against torch")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "arguments", [("hooks", "-q"), ("rules",), ("explain", "HKP302")], ids=lambda a: a[0]
)
def test_lists_and_pages(width: int, arguments: tuple[str, ...], project: Path) -> None:
    shown = in_terminal(*arguments, cwd=project, width=width)
    assert shown.status == 0
    assert_nothing_broke_in_two(shown)
    if arguments[0] == "hooks":
        for whole in ("pkg/long.py:20:5", "register_forward_hook", "remember_everything_that_comes_along"):
            assert whole in shown.text
    elif arguments[0] == "rules":
        assert "A hook is registered on a ScriptModule" in shown.text
    else:
        assert "Use instead" in shown.text


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("command", [(), ("check",), ("hooks",), ("verify",), ("rules",), ("explain",)])
def test_helps(width: int, command: tuple[str, ...], project: Path) -> None:
    shown = in_terminal(*command, "--help", cwd=project, width=width)
    assert shown.status == 0
    assert_nothing_broke_in_two(shown)


@pytest.mark.parametrize("width", WIDTHS)
def test_lines_on_stderr_fit_its_own_terminal(width: int, project: Path) -> None:
    shown = in_terminal("check", "pkg/long.py", cwd=project, width=width, is_piped=True)
    assert shown.lines[0].startswith("Found 1 error")
    assert len(shown.lines) == (5 if width == 80 else 3)


def test_a_dumb_terminal_and_no_color_get_none(project: Path) -> None:
    for more in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        shown = in_terminal("check", cwd=project, width=80, **more)
        assert "HKP302" in shown.text
        assert "\x1b" not in shown.raw


def test_verify_counts_verdicts_in_a_bar(tmp_path: Path) -> None:
    write_project(tmp_path)
    shown = in_terminal("verify", "--python", sys.executable, cwd=tmp_path, width=80)
    assert "Checking against torch 1 confirmed" in shown.raw
    assert "Checking against torch" not in shown.text
    assert "2 confirmed" in shown.text


def test_a_slow_run_has_a_bar_that_goes_away_and_in_ci_none(tmp_path: Path) -> None:
    write_project(tmp_path)
    slow = tmp_path / "slow" / "sitecustomize.py"
    slow.parent.mkdir()
    slow.write_text("import hookproof.output.progress as progress\nprogress._PATIENCE = 0.0\n")
    path = os.pathsep.join((str(slow.parent), environment()["PYTHONPATH"]))
    for ci in ("", "true"):
        shown = in_terminal("check", "--no-cache", cwd=tmp_path, width=80, PYTHONPATH=path, CI=ci)
        assert ("Checking" in shown.raw) is (not ci)
        assert "Checking" not in shown.text
        assert "Found 2 errors" in shown.text
