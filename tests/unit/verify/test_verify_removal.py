"""A folder goes, whatever is in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hookproof.verify.target.removal import remove


def test_a_folder_goes_however_deep_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    (outside / "kept").write_text("")
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "file").write_text("")
    monkeypatch.chdir(folder)
    for _ in range(3000):
        os.mkdir("d")
        os.chdir("d")
    Path("file").write_text("")
    os.chdir(tmp_path)
    (folder / "d").chmod(0)
    remove(str(folder), is_kept=True)
    assert list(folder.iterdir()) == []
    remove(str(folder))
    assert [path.name for path in tmp_path.iterdir()] == ["outside"]
    assert (outside / "kept").exists()
