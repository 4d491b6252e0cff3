"""What a rule's docstring says: a summary and the sections under its headings."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import cache

from hookproof.rules.registry import rule
from hookproof.rules.rule import Rule


@dataclass(frozen=True)
class Documentation:
    """A rule's docstring, taken apart. `markdown` is the whole without the summary line."""

    summary: str
    markdown: str
    sections: dict[str, str]


@cache
def documentation(code: str) -> Documentation | None:
    """Return what is written about the rule with this code; None where there is no such rule."""
    try:
        return of_rule(rule(code))
    except KeyError:
        return None


def of_rule(rule: Rule) -> Documentation:
    """Return what is written about a rule."""
    text = inspect.getdoc(type(rule)) or rule.summary
    summary, _, markdown = text.partition("\n")
    pieces = re.split(r"^## (.+)$", markdown, flags=re.MULTILINE)
    titles = (title.strip() for title in pieces[1::2])
    sections = dict(zip(titles, (body.strip() for body in pieces[2::2]), strict=True))
    return Documentation(summary.strip(), markdown.strip(), sections)
