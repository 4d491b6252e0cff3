"""The inventory as a table for the terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from hookproof.output.display import Display
from hookproof.output.lines import fold
from hookproof.report import HookSite, Report

_USES = 24  # cells that the last column needs, which may break between attributes


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield the table, or a block for each hook where the display is too narrow; nothing without hooks."""
    if not report.hooks:
        return
    console = Console(
        file=io.StringIO(),
        width=display.width,
        force_terminal=display.color,
        color_system="standard" if display.color else None,
        _environ={},
    )
    rows = [tuple(_cells(site)) for site in report.hooks]
    if _width(rows) > display.width:
        for row in rows:
            with console.capture() as captured:
                console.print(_block(row, display.width), soft_wrap=True, highlight=False)
            yield captured.get()
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("where", no_wrap=True)
    table.add_column("hook", no_wrap=True)
    table.add_column("on", no_wrap=True)
    table.add_column("worlds", no_wrap=True)
    table.add_column("uses")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    with console.capture() as captured:
        console.print(table)
    yield "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _width(rows: Sequence[tuple[str, ...]]) -> int:
    """Return how wide a table must be for every cell but those of the last column to stay in one piece."""
    columns = list(zip(*rows, strict=True))[:-1]
    widest = (max(cell_len(line) for cell in column for line in cell.split("\n")) for column in columns)
    return sum(widest) + 3 * len(columns) + _USES


def _block(row: tuple[str, ...], width: int) -> Text:
    (location, api), *others = (cell.split("\n") for cell in row)
    separator = " " if cell_len(f"{location} {api}") <= width else "\n  "
    text = Text(location, style="bold").append(f"{separator}{api}\n", style="not bold")
    for title, lines in zip(("hook", "on", "worlds", "uses"), others, strict=True):
        content = f"{lines[0]} ({lines[1]})" if len(lines) > 1 else lines[0]
        if content:
            text.append(fold(f"  {title:<8}{content}", width, " " * 10) + "\n", style="not bold")
    return text


def _cells(site: HookSite) -> Iterator[str]:
    yield f"{site.path}:{site.line}:{site.column}\n{site.api}"
    yield f"{hook_names(site)}\n{site.form}"
    yield f"{site.module_class or '?'}\n{site.receiver}{', guarded' if site.guarded else ''}"
    yield ", ".join(_told(site, world) for world in site.worlds) or "eager"
    yield ", ".join(dict.fromkeys(use.attribute for use in site.uses))


def _told(site: HookSite, world: str) -> str:
    """Return how a hook stands in a world, with its fate where that does not say it."""
    return next((f"{world}: {each.fate}" for each in site.fates if each.world == world), world)


def hook_names(site: HookSite) -> str:
    """Return the names of the hooks registered at a site, `?` where none could be followed."""
    candidates = site.hooks or ((site.hook,) if site.hook else ())
    return ", ".join(dict.fromkeys(candidate.name for candidate in candidates)) or "?"
