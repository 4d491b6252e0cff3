"""What each repair writes, and the ways of writing a thing that it leaves alone: `data/repairs.txt`.

There, what stands before the first heading is the head of every program. `### changes: name` is followed by
a program and, behind `--- becomes`, by what is made of it; `### stays: name` by one that is left alone.
"""

from __future__ import annotations

import re

from places import DATA

_HEADING = re.compile(r"^### (changes|stays): (.+)\n", re.MULTILINE)
HEAD, *_PARTS = _HEADING.split((DATA / "repairs.txt").read_text("utf-8"))
PROGRAMS = {name: f"{text.rstrip()}\n" for name, text in zip(_PARTS[1::3], _PARTS[2::3], strict=True)}
CHANGED = [name for kind, name in zip(_PARTS[::3], _PARTS[1::3], strict=True) if kind == "changes"]
KEPT = [name for name in PROGRAMS if name not in CHANGED]
