"""Programs with tokens dropped, doubled, swapped and replaced: what a text is like that somebody breaks."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

Pieces = tuple[str, ...]

_CHANGES = ("drop", "double", "swap", "noise", "other", "repeat")
_NOISE = (
    *"()[]{}:=\\'#@\n\t\0",
    *("==", '"""', "f'{", "# type:", "\n    ", "*", "**", "->", ":=", "...", "0x", "1e9"),
    *("lambda", "def", "class", "yield", "await", "async", "else", "del"),
)


@cache
def pieces(path: Path) -> Pieces:
    """Return a file as the texts of its tokens, and of what stands between them."""
    text = path.read_text("utf-8")
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    cuts = {0, len(text)}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        for number, column in (token.start, token.end):
            if number <= len(lines):
                cuts.add(starts[number - 1] + column)
    ordered = sorted(cuts)
    return tuple(text[start:end] for start, end in pairwise(ordered))


def mutated(random: Random, files: Sequence[Pieces]) -> str:
    """Return one of the files with one to eight changes."""
    changed = list(random.choice(files))
    for _ in range(random.randint(1, 8)):
        at = random.randrange(len(changed))
        match random.choice(_CHANGES):
            case "drop":
                changed[at] = ""
            case "double":
                changed[at] *= 2
            case "swap":
                other = random.randrange(len(changed))
                changed[at], changed[other] = changed[other], changed[at]
            case "noise":
                changed[at] = random.choice(_NOISE)
            case "other":
                changed[at] = random.choice(random.choice(files))
            case _:
                changed[at] *= random.choice((50, 300))
    return "".join(changed)
