"""A program of the project's, as it can be run."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

from .outcome import THE_PROGRAM


class Program(NamedTuple):
    """Something that can be run; `shown_by` says what a failure of it proves."""

    name: str
    run: Callable[[], Any]
    shown_by: str = THE_PROGRAM
    path: str = ""
    function: str = ""  # empty for a script
    missing: int = 0  # how many of the places that matter it does not lead to
    is_made_up: bool = False  # whether it is called with arguments that nobody wrote
    without: str = ""  # the name of the same script without arguments, which is asked first
    choice: int | None = None  # which arguments are made up for it
