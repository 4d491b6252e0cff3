"""Programs that loop, grow or lie once they are followed, as files: see `tests/data/hostile_programs.txt`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from string import Template

from places import DATA

_TIMES = re.compile(r"^(.*)  # (\d+) times$", re.MULTILINE)
_REPEATED = re.compile(r"@(\d+)\((.*?)\)@")


def hostile_programs(program: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each and its text, made of a program with a function `export`."""
    _, *sections = (DATA / "hostile_programs.txt").read_text("utf-8").split("=== ")
    for section in sections:
        name, _, code = section.partition("\n")
        text = _TIMES.sub(_line_by_line, _REPEATED.sub(lambda found: int(found[1]) * found[2], code))
        if name.startswith("in export"):
            end = "    return torch.jit.script(model)\n"
            yield name, program.replace(end, textwrap.indent(text, "    ") + end)
        else:
            yield name, program.replace("def export", f"{text}\n\ndef export")


def _line_by_line(found: re.Match[str]) -> str:
    line = Template(found[1])
    return "\n".join(line.safe_substitute(i=number, j=number + 1) for number in range(int(found[2])))
