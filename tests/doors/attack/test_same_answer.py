"""One answer, byte for byte: with one process or many, a cache or none, any hash seed, from any directory."""

from __future__ import annotations

import json
from pathlib import Path

from hooked_project import hookproof
from hostile_texts import hostile_files, with_line

_FORM = ("-q", "--output-format=json")


def test_a_tree_of_good_and_hostile_files_has_one_answer(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    for number in range(200):
        (tmp_path / f"plain{number}.py").write_text(f"value = {number}\n", "utf-8")
    for number in range(12):
        (tmp_path / f"hook{number}.py").write_text(with_line("module.other"), "utf-8")
    for number, (_, data, _) in enumerate(hostile_files()):
        if len(data) < 4_000 and number % 4 == 0:
            (tmp_path / f"attack{number}.py").write_bytes(data)
    first = hookproof("check", "--no-cache", "-j1", *_FORM, cwd=tmp_path)
    others = [
        hookproof("check", "--no-cache", "-j8", *_FORM, cwd=tmp_path, PYTHONHASHSEED="7"),
        hookproof("check", "-j3", *_FORM, cwd=tmp_path, PYTHONHASHSEED="8"),
        hookproof("check", *_FORM, cwd=tmp_path),
    ]
    assert json.loads(first.stdout)["findings"]
    assert first.returncode == 2
    for other in others:
        assert (other.returncode, other.stdout, other.stderr) == (2, first.stdout, first.stderr)
