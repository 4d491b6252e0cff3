"""A progress bar on stderr, for runs that take longer than a second on a terminal."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_PATIENCE = 1.0


class Progress:
    """Called with how much is done of how much; draws nothing before a second, or `patience`, has passed.

    `is_shown` false makes it silent, as it is where stderr is not a terminal that somebody looks at.
    """

    def __init__(self, title: str, is_shown: bool | None = None, patience: float | None = None) -> None:
        self._title = title
        self._patience = _PATIENCE if patience is None else patience
        # Where CI runs on a terminal, what clears the bar would stand in front of the first finding.
        is_watched = sys.stderr.isatty() and not os.environ.get("CI")
        self._is_shown = is_watched if is_shown is None else is_shown
        self._start = time.monotonic()
        self._bar: Bar | None = None

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Show that `done` of `total` pieces of work are finished, and a note on them."""
        if not self._is_shown or time.monotonic() - self._start < self._patience:
            return
        if self._bar is None:
            self._bar = self._draw()
        self._bar.update(
            self._bar.task_ids[0],
            completed=done,
            total=total,
            description=" ".join(filter(None, (self._title, note))),
            refresh=bool(note),  # notes are few; two that come close together would show the last alone
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _draw(self) -> Bar:
        from rich.console import Console
        from rich.progress import Progress as Bar

        bar = Bar(console=Console(stderr=True), transient=True)
        bar.add_task(self._title, total=None)
        bar.start()
        return bar
