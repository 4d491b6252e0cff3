"""Fixtures with tokens dropped, doubled, swapped and replaced: told or analysed, none hurts others."""

from __future__ import annotations

import io
import tokenize
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from hookproof.session.pipeline import check_paths, inventory
from hookproof.settings import Settings
from hostile_texts import with_line
from places import FIXTURES

_GOOD = with_line("module.other").replace("Net", "Good")
_FILES = 20  # of one tree: 25 trees make 500 files
_NOISE = (
    *"()[]{}:=\\'#@\n\t\0",
    *("==", '"""', "f'{", "# type:", "\n    ", "*", "**", "->", ":=", "...", "0x", "1e9"),
    *("lambda", "def", "class", "yield", "await", "async", "else", "del"),
)


@cache
def _tokens() -> tuple[tuple[str, ...], ...]:
    """Return each fixture as its pieces: the tokens, and what stands between them."""
    return tuple(_pieces(path.read_text("utf-8")) for path in sorted(FIXTURES.glob("hkp*.py")))


def _pieces(text: str) -> tuple[str, ...]:
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    cuts = {0, len(text)}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        for line, column in (token.start, token.end):
            if line <= len(lines):
                cuts.add(starts[line - 1] + column)
    ordered = sorted(cuts)
    return tuple(text[start:end] for start, end in pairwise(ordered))


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Draw a fixture with one to eight changes."""
    pieces = list(draw(st.sampled_from(_tokens())))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(pieces) - 1))
        match draw(st.sampled_from(("drop", "double", "swap", "noise", "other", "repeat"))):
            case "drop":
                pieces[at] = ""
            case "double":
                pieces[at] *= 2
            case "swap":
                other = draw(st.integers(0, len(pieces) - 1))
                pieces[at], pieces[other] = pieces[other], pieces[at]
            case "noise":
                pieces[at] = draw(st.sampled_from(_NOISE))
            case "other":
                pieces[at] = draw(st.sampled_from(draw(st.sampled_from(_tokens()))))
            case _:
                pieces[at] *= draw(st.sampled_from((50, 300)))
    return "".join(pieces)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(st.lists(mutated(), min_size=_FILES, max_size=_FILES))
def test_a_mutated_file_is_told_or_analysed_and_hurts_no_other(texts: list[str]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pyproject.toml").touch()
        good = folder / "good.py"
        good.write_text(_GOOD, "utf-8")
        alone = check_paths([str(good)], Settings()).findings
        for number, text in enumerate(texts):
            (folder / f"mutated{number}.py").write_text(text, "utf-8")
        checked, listed = check_paths([name], Settings()), inventory([name], Settings())
        assert alone
        assert tuple(finding for finding in checked.findings if finding.path == str(good)) == alone
        for failure in (*checked.files.failed, *listed.files.failed):
            assert failure.path in failure.reason
            assert "\n" not in failure.reason
            assert "internal error" not in failure.reason
