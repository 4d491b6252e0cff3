"""What is coloured can be read on black and on white, and code and notes keep the terminal's colour."""

from __future__ import annotations

import io
import re
from pathlib import Path

import msgspec
import pytest
from rich.color import Color
from rich.style import Style

from findings import sample, write_source
from hookproof.output import render
from hookproof.output.colours import FEW, MANY, Palette
from hookproof.output.display import Display
from hookproof.output.explain import explain
from hookproof.rules.registry import rule

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
# As xterm has the 16 colours; the others cannot be read on one ground or the other.
READABLE_OF_16 = {"red", "magenta"}


def luminance(color: tuple[int, ...]) -> float:
    parts = (each / 255 for each in color)
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colors(palette: Palette) -> dict[str, Color]:
    styles = {name: Style.parse(style) for name, style in msgspec.structs.asdict(palette).items()}
    return {name: style.color for name, style in styles.items() if style.color is not None}


def test_each_of_many_colours_has_contrast_with_black_and_with_white() -> None:
    assert len(colors(MANY)) == len(MANY.__struct_fields__)
    for name, color in colors(MANY).items():
        shown = tuple(color.get_truecolor())
        assert min(contrast(shown, BLACK), contrast(shown, WHITE)) >= 4, name


def test_few_colours_are_those_that_can_be_read_anywhere() -> None:
    assert {color.name for color in colors(FEW).values()} <= READABLE_OF_16


@pytest.mark.parametrize("has_many", [False, True])
def test_only_frame_code_and_marks_are_coloured_and_nothing_has_a_ground(
    has_many: bool, tmp_path: Path
) -> None:
    display = Display(color=True, has_many_colors=has_many)
    shown = "".join(render("full", sample(write_source(tmp_path)), display))
    shown += explain(rule("HKP302"), display)
    used = {code for codes in re.findall(r"\x1b\[([\d;]*)m", shown) for code in split(codes)}
    allowed = {style(each, has_many) for each in colors(MANY if has_many else FEW).values()}
    assert {code for code in used if not re.fullmatch(r"[01234]|", code)} <= allowed
    notes = [line for line in shown.splitlines() if "`cache` is set here" in line]
    assert all(re.search(r"\x1b\[0m`cache` is set here$", line) for line in notes)
    assert notes


def split(codes: str) -> list[str]:
    return re.findall(r"[34]8;5;\d+|\d+", codes)


def style(color: Color, has_many: bool) -> str:
    return f"38;5;{color.number}" if has_many else str(30 + (color.number or 0))


@pytest.mark.parametrize(
    ("environment", "many"),
    [
        ({"TERM": "xterm"}, False),
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, True),
        ({"TERM": "linux", "FORCE_COLOR": "1"}, False),
        ({"TERM": "xterm", "FORCE_COLOR": "2"}, True),
    ],
)
def test_which_terminals_have_many_colours(
    environment: dict[str, str], many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TERM", "COLORTERM", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Display.of(io.StringIO()).has_many_colors is many
