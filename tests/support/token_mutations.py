"""Programs with tokens dropped, doubled, swapped and replaced: what a text is like that somebody breaks."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

Pieces = tuple[str, ...]

_CHANGES = ("drop", "double", "swap", "noise", "other", "repeat")
_OPERATORS = frozenset(
    {*"+-*/%@&|^<>", "==", "!=", "<=", ">=", "//", "**", "<<", ">>", "and", "or", "is", "in"}
)
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
    """Return one of the files with one to eight changes; every other one still parses for the most part."""
    changed = list(random.choice(files))
    keeps_kinds = random.random() < 0.5
    for _ in range(random.randint(1, 8)):
        at = random.randrange(len(changed))
        if keeps_kinds:
            changed[at] = _of_its_kind(random, changed[at], random.choice(files))
            continue
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


def _of_its_kind(random: Random, piece: str, others: Pieces) -> str:
    """Return a name for a name, a literal for a literal, an operator for an operator."""
    kind = _kind(piece)
    return random.choice([other for other in others if _kind(other) == kind] or [piece])


def _kind(piece: str) -> str:
    if piece in _OPERATORS:
        return "operator"
    if keyword.iskeyword(piece) or not piece.strip():
        return piece
    if piece.isidentifier():
        return "name"
    return "literal" if piece[0].isdigit() or piece[-1] in "'\"" else piece
