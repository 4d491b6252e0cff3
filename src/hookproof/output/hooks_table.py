"""The inventory as a table for the terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hookproof.output.display import Display
from hookproof.report import HookSite, Report


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield the table; nothing where there is no hook."""
    if not report.hooks:
        return
    console = Console(
        file=io.StringIO(),
        width=display.width,
        force_terminal=display.color,
        color_system="standard" if display.color else None,
        _environ={},
    )
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("where", overflow="fold", ratio=5)
    table.add_column("hook", overflow="fold", ratio=4)
    table.add_column("on", overflow="fold", ratio=3)
    table.add_column("worlds", ratio=2)
    table.add_column("touches", overflow="fold", ratio=3)
    for site in report.hooks:
        table.add_row(*(escape(cell) for cell in _cells(site)))
    with console.capture() as captured:
        console.print(table)
    yield "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _cells(site: HookSite) -> Iterator[str]:
    yield f"{site.path}:{site.line}:{site.column}\n{site.api}"
    yield f"{hook_names(site)}\n{site.form}"
    yield f"{site.module_class or '?'}\n{site.receiver}{', guarded' if site.guarded else ''}"
    yield ", ".join(site.worlds) or "eager"
    yield ", ".join(dict.fromkeys(touch.attribute for touch in site.touches))


def hook_names(site: HookSite) -> str:
    """Return the names of the hooks registered at a site, `?` where none could be followed."""
    candidates = site.hooks or ((site.hook,) if site.hook else ())
    return ", ".join(dict.fromkeys(candidate.name for candidate in candidates)) or "?"
