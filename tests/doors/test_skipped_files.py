"""What is not read is counted, and named where somebody asked for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hooked_project import hookproof
from notebooks import made

HOOK = """\
import torch

net = torch.nn.Linear(1, 1)
net.register_forward_hook(lambda m, i, o: None)
torch.jit.script(net)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "net.py": "x = 1\n",
        "notes.txt": "to do\n",
        "hooks.txt": HOOK,
        "script": "x = 1\n",
        "run.tool": "#!/usr/bin/env python3\nx = 1\n",
        "r.ipynb": made("library(x)", metadata={"language_info": {"name": "R"}}),
        "old/a.py": "",
        "made/b.py": "",
        ".gitignore": "made/\n",
        "pyproject.toml": '[tool.hookproof]\nextend-exclude = ["old"]\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def told(folder: Path, *arguments: str) -> list[str]:
    done = hookproof("check", "--no-cache", "--output-format", "concise", *arguments, cwd=folder)
    return [line.rpartition(", ")[0] if " s)" in line else line for line in done.stderr.splitlines()]


NOTES = "notes.txt: not Python by its name, and nothing in it registers a hook"
LANGUAGE = "r.ipynb: not Python: a notebook in r"


def test_a_given_file_that_is_not_python_is_named(folder: Path) -> None:
    assert told(folder, "notes.txt") == [NOTES, "No Python files under the given paths (1 not Python)"]
    assert told(folder, "r.ipynb", "net.py") == [
        LANGUAGE,
        "Nothing found (1 file checked, 0 parsed, 1 not Python",
    ]


def test_what_is_python_in_all_but_its_name_is_read(folder: Path) -> None:
    assert told(folder, "hooks.txt")[0] == "Found 1 error (1 file checked, 1 parsed"
    assert told(folder, "script", "run.tool") == ["Nothing found (2 files checked, 0 parsed"]


def test_an_excluded_path_is_named_with_its_pattern(folder: Path) -> None:
    assert told(folder, "--force-exclude", "old/a.py", "net.py") == [
        "old/a.py: excluded by `old`",
        "Nothing found (1 file checked, 0 parsed, 1 excluded",
    ]


def test_all_is_named_where_that_is_asked_for(folder: Path) -> None:
    counts = "Nothing found (1 file checked, 0 parsed, 1 not Python"
    assert told(folder, ".") == [counts]
    assert told(folder, ".", "-v") == [
        "made: excluded by `made/`",
        "old: excluded by `old`",
        LANGUAGE,
        counts,
    ]
    done = hookproof("check", ".", "--output-format", "json", cwd=folder)
    skipped = json.loads(done.stdout)["files"]["skipped"]
    assert [each["path"] for each in skipped] == [
        "made",
        "old",
        "r.ipynb",
    ]
    # The same from the cache.
    again = hookproof("check", ".", "-v", cwd=folder)
    assert LANGUAGE in again.stderr
