"""What vim makes of output: its quickfix list, the places that a person steps through."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

VIM = shutil.which("vim")


class Entry(NamedTuple):
    """An entry of the list. `kind` is empty where the errorformat gives none."""

    path: str
    line: int
    column: int
    kind: str
    text: str


def quickfix(output: str, errorformat: str, folder: Path) -> list[Entry] | None:
    """Return the entries that vim, started in `folder`, reads from `output`; None where there is no vim."""
    if VIM is None:
        assert not os.environ.get("HOOKPROOF_NEEDS_READERS"), "no vim was found"
        return None
    (folder / "output.txt").write_text(output, "utf-8")
    steps = [
        "set encoding=utf-8",
        f"let &errorformat = '{errorformat}'",
        "cgetfile output.txt",
        "let entries = map(getqflist(), {_, each -> extend(each, {'path': bufname(each.bufnr)})})",
        "call writefile([json_encode(entries)], 'entries.json')",
        "qa!",
    ]
    command = [
        VIM,
        "-es",
        "-N",
        "-u",
        "NONE",
        "-i",
        "NONE",
        *(part for step in steps for part in ("-c", step)),
    ]
    subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, timeout=60, check=True)
    entries = json.loads((folder / "entries.json").read_text("utf-8"))
    return [
        Entry(each["path"], each["lnum"], each["col"], each["type"], each["text"])
        for each in entries
        if each["valid"]
    ]
