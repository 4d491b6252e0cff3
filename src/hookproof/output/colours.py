"""Colours that can be read on a black and on a white ground: nobody knows what ground a terminal has.

Of 256 colours, those are taken whose contrast with both is 4 or more. The 16 that a terminal's theme defines
have few of the kind, so that there most is told by weight.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from rich.console import Console
    from rich.syntax import SyntaxTheme

    from hookproof.output.display import Display


class Palette(Struct, frozen=True):
    """Styles, as rich spells them, by what they are for."""

    error: str
    warning: str
    frame: str
    keyword: str
    text: str
    number: str
    comment: str
    decorator: str


MANY = Palette(
    error="color(161)",
    warning="color(130)",
    frame="color(63)",
    keyword="color(63)",
    text="color(28)",
    number="color(31)",
    comment="color(243)",
    decorator="color(133)",
)
FEW = Palette(
    error="red",
    warning="magenta",
    frame="",
    keyword="bold",
    text="",
    number="",
    comment="",
    decorator="",
)


def palette(display: Display) -> Palette:
    """Return the colours for what a display can show."""
    return MANY if display.has_many_colors else FEW


def console_of(display: Display) -> Console:
    """Return what writes styled text for a display, into memory."""
    # Imported here: a file, a pipe and pre-commit get no colours.
    from rich.console import Console
    from rich.theme import Theme

    system = ("256" if display.has_many_colors else "standard") if display.color else None
    colours = palette(display)
    return Console(
        file=io.StringIO(),
        width=display.width,
        force_terminal=display.color,
        color_system=system,  # type: ignore[arg-type]
        legacy_windows=False,
        theme=Theme({"markdown.code": f"bold {colours.text}", "markdown.h2": f"bold {colours.frame}"}),
        _environ={},
    )


def syntax_theme(display: Display) -> SyntaxTheme:
    """Return how code is coloured, on whatever ground there is."""
    from pygments import token
    from rich.style import Style
    from rich.syntax import ANSISyntaxTheme

    colours = palette(display)
    return ANSISyntaxTheme(
        {
            token.Keyword: Style.parse(colours.keyword),
            token.Operator.Word: Style.parse(colours.keyword),
            token.String: Style.parse(colours.text),
            token.Number: Style.parse(colours.number),
            token.Comment: Style.parse(colours.comment),
            token.Name.Decorator: Style.parse(colours.decorator),
        }
    )
