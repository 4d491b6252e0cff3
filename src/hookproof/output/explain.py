"""A rule's documentation in the terminal, made from its docstring."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs
from rich.markdown import Markdown

from hookproof.facts.atlas import SHIPPED
from hookproof.facts.versions import Torch, note
from hookproof.output.colours import console_of, syntax_theme
from hookproof.output.display import Display
from hookproof.output.documentation import of_rule
from hookproof.rules.rule import Rule
from hookproof.urls import rule_url


def explain(rule: Rule, display: Display) -> str:
    """Return the page of one rule with its versions of torch, laid out where there are colours."""
    url = rule_url(rule.code)
    text = page(rule) + (f"\n{url}\n" if url else "")
    if not display.color:
        return text
    console = console_of(structs.replace(display, width=min(display.width, 110)))
    with console.capture() as captured:
        console.print(Markdown(text, code_theme=syntax_theme(display)))  # type: ignore[arg-type]
    return captured.get()


def page(rule: Rule) -> str:
    """Return the page of one rule with its versions of torch, as Markdown."""
    return f"{markdown(rule)}\n## Versions of torch\n\n{versions(rule)}\n"


def versions(rule: Rule) -> str:
    """Return in a sentence of which versions with facts a rule speaks."""
    holds = [each for each in SHIPPED if Torch(each, each).is_within(rule.since, rule.until)]
    said = note(holds, SHIPPED, rule.since, rule.until)
    if said is None:
        return f"It applies to every version that was measured: {', '.join(SHIPPED)}."
    return f"It applies {said}. Of the versions that were measured, these are {', '.join(holds) or 'none'}."


def markdown(rule: Rule) -> str:
    """Return the page of one rule as Markdown."""
    written = of_rule(rule)
    return "\n".join(
        (f"# {rule.code} {rule.name}", "", written.summary, "", *_facts(rule), "", written.markdown, "")
    )


def _facts(rule: Rule) -> Iterator[str]:
    yield f"- Severity: {rule.severity}"
    yield f"- Fixable: {rule.fixable}"
    yield f"- Outcome: {'an exception' if rule.outcome == 'raises' else 'silently different from eager mode'}"
    yield f"- World: {', '.join(sorted(rule.worlds))}"
    if rule.since:
        yield f"- Since torch {rule.since}"
    if rule.until:
        yield f"- Until torch {rule.until}"
