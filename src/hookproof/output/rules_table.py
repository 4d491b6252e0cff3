"""The list of all rules, in the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from hookproof.output import plain
from hookproof.output.colours import console_of
from hookproof.output.display import Display
from hookproof.output.hyperlinks import link_style, without_ids
from hookproof.rules.rule import Rule
from hookproof.urls import rule_url
from hookproof.worlds.registry import family as family_of
from hookproof.worlds.world import Family

_WIDE = 130


def render(rules: Iterable[Rule], display: Display) -> str:
    """Return the table for a terminal of the display's width."""
    console = console_of(display)
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("code", style="bold", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("fixable", no_wrap=True)
    is_wide = display.width >= _WIDE
    table.add_column("name" if is_wide else "name and summary", no_wrap=is_wide)
    if is_wide:
        table.add_column("summary")
    family: Family | None = None
    for rule in rules:
        if family_of(rule.code) != family and table.rows:
            table.add_section()
        family = family_of(rule.code)
        told = (rule.name, escape(rule.summary)) if is_wide else (f"{rule.name}\n{escape(rule.summary)}",)
        code = Text(rule.code, style=link_style(rule.code, links=display.links).strip())
        table.add_row(code, rule.outcome, rule.fixable, *told)
    with console.capture() as captured:
        console.print(table)
    return without_ids("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")


def render_json(rules: Iterable[Rule]) -> str:
    """Return the rules as a JSON list."""
    listed = [
        {
            "code": rule.code,
            "name": rule.name,
            "summary": rule.summary,
            "severity": rule.severity,
            "outcome": rule.outcome,
            "fixable": rule.fixable,
            "worlds": sorted(rule.worlds),
            "since": rule.since,
            "until": rule.until,
            "url": rule_url(rule.code),
        }
        for rule in rules
    ]
    return plain.dumps(listed)


def markdown(rules: Iterable[Rule], pages: str | None = None) -> str:
    """Return the table as Markdown, with a heading for each family; codes link to the rules' `pages`."""
    lines: list[str] = []
    family: Family | None = None
    for rule in rules:
        if family is None or not rule.code.startswith(family.prefix):
            family = family_of(rule.code)
            lines += [
                "",
                f"### {family.prefix:x<6}: {family.question}",
                "",
                "| code | name | outcome | summary |",
            ]
            lines += ["|---|---|---|---|"]
        code = rule.code if pages is None else f"[{rule.code}]({pages}{rule.code}.md)"
        lines.append(f"| {code} | {rule.name} | {rule.outcome} | {rule.summary} |")
    return "\n".join(lines[1:]) + "\n"
