"""What is handed out, built once for all tests of a run: sdist, wheel, and an environment that has these."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from places import ROOT


def distributions(factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the sdist of this tree, and the wheel that is built from that."""

    def build(folder: Path) -> None:
        _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))

    return _once(factory, "distributions", build)


def installed(factory: pytest.TempPathFactory) -> Path:
    """Return the folder of programs of an environment that has the wheel and flake8, and no torch."""
    (wheel,) = distributions(factory).glob("*.whl")

    def install(folder: Path) -> None:
        _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
        python = str(folder / "bin" / "python")
        _run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", f"{wheel}[flake8]")

    return _once(factory, "installed", install) / "bin"


def outside() -> dict[str, str]:
    """Return an environment that knows nothing of this tree, nor of the environment that tests run in."""
    left_out = {"PYTHONPATH", "VIRTUAL_ENV", "NO_COLOR", "FORCE_COLOR", "CI"}
    return {name: value for name, value in os.environ.items() if name not in left_out}


def git(*arguments: str, cwd: Path) -> None:
    """Run git, with an identity of its own."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


def hook_repository(folder: Path) -> Path:
    """Make a git repository of what an installation needs, as it is in this tree now."""
    folder.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "action.yml"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    git("init", "-q", cwd=folder)
    git("add", "-A", cwd=folder)
    git("commit", "-qm", "all", cwd=folder)
    return folder


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Have one of the workers make a folder that all of them use."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / f"{name}.done").exists():
            make(folder)
            (shared / f"{name}.done").touch()
    return folder


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=outside(), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
