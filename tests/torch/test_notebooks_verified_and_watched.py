"""Notebooks under `verify` and `run`: cells run as a script does, and places are told by cell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hooked_project import hookproof
from notebooks import NOTEBOOKS, made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("later.ipynb", "with_helpers.ipynb", "notebook_hooks.py"):
        shutil.copy(NOTEBOOKS / name, tmp_path)
    return tmp_path


def test_findings_in_notebooks_are_confirmed_by_the_program(folder: Path) -> None:
    # What this would break is broken in the shell alone, which is not run.
    magic = made("import torch\nfrom torch import nn\n%run setup.py", "net = made_in_setup()\nnet.eval()")
    (folder / "magic.ipynb").write_text(magic, "utf-8")
    done = hookproof("verify", "--no-cache", ".", "--output-format", "concise", cwd=folder)
    told = [(line.split(" ")[0:3], "confirmed" in line) for line in done.stdout.splitlines()]
    assert told == [
        (["later.ipynb:cell", "5:1:1:", "HKP107"], True),
        (["later.ipynb:cell", "6:2:1:", "HKP101"], True),
        (["notebook_hooks.py:1:1:", "HKP204", "`input`"], True),
        (["notebook_hooks.py:6:38:", "HKP201", "a"], True),
    ]
    assert "(the program)" in done.stdout
    assert "hookproof-notebooks" not in done.stdout


def test_a_fix_that_torch_accepts_is_written_to_the_cell(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("import torch\n\ndef made():\n    return torch.nn.Linear(2, 2)\n")
    hook = "def count(m, input, output):\n    m.calls += 1"
    program = "net = made()\nnet.calls = 0\nnet.register_forward_hook(count)\ntorch.jit.script(net)"
    text = made("%matplotlib inline\nimport torch\nfrom setup import made", hook, program)
    (tmp_path / "n.ipynb").write_text(text, "utf-8")
    done = hookproof("verify", "--no-cache", "--fix", "--output-format", "concise", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Fixed 1 confirmed finding" in done.stderr
    assert ": 1 confirmed (" in done.stderr.splitlines()[-1]
    annotated = hook.replace("input,", "input: tuple[torch.Tensor],")
    assert (tmp_path / "n.ipynb").read_text("utf-8") == made(
        "%matplotlib inline\nimport torch\nfrom setup import made", annotated, program
    )


def test_a_notebook_runs_to_its_end_and_its_hooks_are_told_by_cell(folder: Path) -> None:
    done = hookproof("run", "-q", "later.ipynb", cwd=folder)
    assert done.returncode == 1
    assert "later.ipynb:cell 3:4: torch.jit.trace of Net\n" in done.stderr
    assert "registered at later.ipynb:cell 5:1: registered too late for this" in done.stderr
    done = hookproof("run", "-q", "--output-format=json", "-o", "seen.json", "later.ipynb", cwd=folder)
    (registration, *_) = json.loads((folder / "seen.json").read_text("utf-8"))["registrations"]
    assert (registration["chain"][0]["cell"], registration["chain"][0]["line"]) == (5, 1)
    done = hookproof("check", "--witness", "seen.json", "later.ipynb", cwd=folder)
    assert "later.ipynb:cell 6:2: seen in later.ipynb" in done.stdout
    awaited = made("async def f():\n    return 'waited'\n", "%time x = await f()\nprint(x, display(x))")
    (folder / "awaited.ipynb").write_text(awaited, "utf-8")
    done = hookproof("run", "-q", "awaited.ipynb", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "waited None\n")


def test_what_is_no_notebook_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_text("{", "utf-8")
    done = hookproof("run", "-q", "n.ipynb", cwd=tmp_path)
    assert done.returncode == 2
    assert "not a notebook" in done.stderr.splitlines()[-1]
