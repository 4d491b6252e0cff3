"""Hyperlinks in a terminal (OSC 8): codes lead to the page of their rule where the terminal can show that."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TextIO

# Terminals that follow OSC 8, by what they set: https://github.com/Alhadis/OSC8-Adoption
_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio", "WarpTerminal"})
_VARIABLES = ("WT_SESSION", "KONSOLE_VERSION", "DOMTERM", "KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID")
_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "contour", "wezterm")
_VTE = 5000  # 0.50, the first version of GNOME's terminal widget that follows them
_RICH_ID = re.compile(r"\x1b\]8;id=[^;]*;")


def can_link(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether what is written to `stream` may have hyperlinks; `FORCE_HYPERLINK` decides if set."""
    forced = environment.get("FORCE_HYPERLINK")
    if forced:
        return forced != "0"
    if not stream.isatty() or environment.get("TERM") == "dumb" or environment.get("CI"):
        return False
    # What runs inside of these may not be handed on.
    if environment.get("TMUX") or environment.get("TERM", "").startswith(("screen", "tmux")):
        return False
    vte = environment.get("VTE_VERSION", "")
    return (
        environment.get("TERM_PROGRAM") in _PROGRAMS
        or any(environment.get(name) for name in _VARIABLES)
        or environment.get("TERM", "").startswith(_TERMS)
        or (vte.isdecimal() and int(vte) >= _VTE)
    )


def linked(code: str, *, links: bool) -> str:
    """Return a rule's code, as a hyperlink to its page where `links` are shown."""
    url = _url(code) if links else None
    return f"\x1b]8;;{url}\x1b\\{code}\x1b]8;;\x1b\\" if url else code


def link_style(code: str, *, links: bool) -> str:
    """Return what makes a style of rich a hyperlink to the page of a rule, nothing where none are shown."""
    url = _url(code) if links else None
    return f" link {url}" if url else ""


def without_ids(text: str) -> str:
    """Return what rich wrote, without the random numbers it gives its hyperlinks."""
    return _RICH_ID.sub("\x1b]8;;", text)


def _url(code: str) -> str | None:
    from hookproof.urls import rule_url  # what is written to pipes has no links

    return rule_url(code)
