"""The inventory for the terminal: a block of lines for each hook."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

from hookproof.output.colours import console_of
from hookproof.output.display import Display
from hookproof.output.fates import line as fates_line
from hookproof.output.lines import fold
from hookproof.report import HookSite, Report


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield a block for each hook, folded to the width of the display; nothing without hooks."""
    console = console_of(display)
    for site in report.hooks:
        with console.capture() as captured:
            console.print(_block(site, display.width), soft_wrap=True, highlight=False)
        yield captured.get()


def _block(site: HookSite, width: int) -> Text:
    location = f"{site.path}:{site.line}:{site.column}"
    separator = " " if cell_len(f"{location} {site.api}") <= width else "\n  "
    text = Text(location, style="bold").append(f"{separator}{site.api}\n", style="not bold")
    for title, content in _lines(site):
        if content:
            text.append(fold(f"  {title:<8}{content}", width, " " * 10) + "\n", style="not bold")
    return text


def _lines(site: HookSite) -> Iterator[tuple[str, str]]:
    guarded = ", guarded" if site.guarded else ""
    yield "hook", f"{hook_names(site)} ({site.form})"
    yield "on", f"{site.module_class or '?'} ({site.receiver}{guarded})"
    yield "worlds", ", ".join(site.worlds) or "eager"
    yield "fate", fates_line(site)
    yield "uses", ", ".join(dict.fromkeys(use.attribute for use in site.uses))


def hook_names(site: HookSite) -> str:
    """Return the names of the hooks registered at a site, `?` where none could be followed."""
    candidates = site.hooks or ((site.hook,) if site.hook else ())
    return ", ".join(dict.fromkeys(candidate.name for candidate in candidates)) or "?"
