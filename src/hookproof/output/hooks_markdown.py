"""What becomes of each hook, in Markdown, short enough for a comment on a pull or merge request."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.output.closing import counted
from hookproof.output.display import Display
from hookproof.output.fates import line
from hookproof.output.hooks_table import hook_names
from hookproof.output.markdown_text import coded, cut_to_size, plain
from hookproof.report import HookSite, Report

_HEAD = "| hook | registered on | where | what becomes of it |\n|---|---|---|---|\n"


def render(report: Report, display: Display) -> Iterator[str]:
    """Yield a heading and a table of hooks, in the order of the report."""
    yield f"### hookproof: {counted(len(report.hooks), 'hook')} registered\n\n"
    yield from cut_to_size(_HEAD, [_row(site) for site in report.hooks], "hook")
    if report.files.failed:
        yield f"\nNot analysed: {counted(len(report.files.failed), 'file')}.\n"


def _row(site: HookSite) -> str:
    name = "unknown hook" if hook_names(site) == "?" else coded(hook_names(site))
    on = coded(site.module_class) if site.module_class else "unknown class"
    where = coded(f"{site.path}:{site.line}")
    return f"| {name} | {on} | {where} | {plain(line(site) or 'stays in eager mode')} |\n"
