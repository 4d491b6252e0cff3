"""A small project whose evidence lies in several files, and the real command run on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from places import ROOT

FILES = {
    "pyproject.toml": "[tool.hookproof]\n",
    "pkg/__init__.py": "",
    "pkg/hooks.py": """\
from typing import Tuple

from torch import Tensor


def count(m, input: Tuple[Tensor], output: Tensor):
    m.cache.append(1)
""",
    "pkg/net.py": """\
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.cache = []

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)
""",
    "pkg/main.py": """\
import torch

from pkg.hooks import count
from pkg.net import Net


def build():
    net = Net()
    net.register_forward_hook(count)
    net.fc.register_forward_hook(lambda m, i, o: None)
    return torch.jit.script(net)
""",
}
FOUND = {("pkg/hooks.py", 7, 5, "HKP302"), ("pkg/main.py", 10, 34, "HKP201")}


def write_project(folder: Path, changes: Mapping[str, str | bytes] | None = None) -> Path:
    """Write the project, with some files replaced or added."""
    for name, content in {**FILES, **(changes or {})}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


# A test machine that sets `CI` is shown no bar, which is what the tests of a terminal look for.
_CHANGE_WHAT_IS_SHOWN = frozenset({"NO_COLOR", "FORCE_COLOR", "CI"})


def environment(**more: str) -> dict[str, str]:
    """Return an environment that finds this tree's hookproof and leaves colours and bars to the terminal."""
    kept = {name: value for name, value in os.environ.items() if name not in _CHANGE_WHAT_IS_SHOWN}
    path = os.pathsep.join(filter(None, (str(ROOT / "src"), os.environ.get("PYTHONPATH"))))
    return {**kept, "PYTHONPATH": path, **more}


def as_in_a_terminal() -> None:
    """Have a new process hear Ctrl-C and a hang-up, even where the tests' own process ignores them."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def hookproof(
    *arguments: str, cwd: Path, stdin: bytes = b"", **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the real command."""
    done = subprocess.run(
        [sys.executable, "-m", "hookproof", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env=environment(**more),
        timeout=120,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def locations(text: str) -> set[tuple[str, int, int, str]]:
    """Return path, line, column and code of each line of concise output, flake8's included."""
    found = set()
    for line in text.splitlines():
        path, row, column, rest = line.split(":", 3)
        found.add((path.removeprefix("./"), int(row), int(column), rest.split()[0]))
    return found
