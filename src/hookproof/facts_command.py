"""`hookproof facts`: what changed between versions of torch, and what a torch of one's own does."""

from __future__ import annotations

import sys

import click
import msgspec

from hookproof.exit_status import SettingsError
from hookproof.facts.atlas import BASE, SHIPPED, raw_facts
from hookproof.facts.measuring import ProbeError, as_changes, measure
from hookproof.facts.versions import asked_for, problem
from hookproof.output import facts_diff, plain
from hookproof.telling import say, write


@click.group()
def command() -> None:
    """Compare what is known of torch versions, and measure others."""


@command.command()
@click.argument("before")
@click.argument("after")
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", help="Output format.")
def diff(before: str, after: str, output_format: str) -> None:
    """Show what changed between two versions, such as 2.4 and 2.15, or files that `probe` wrote."""
    (old, old_facts), (new, new_facts) = _facts(before), _facts(after)
    found = list(facts_diff.changes(old_facts, new_facts))
    if output_format == "json":
        document = {"before": old, "after": new, "changes": msgspec.to_builtins(found)}
        write((plain.dumps(document),), None)
        return
    write(facts_diff.render(found, old, new), None)
    say((f"torch {old} and {new}: {len(found)} differences in what was probed of both",))


def _facts(asked: str) -> tuple[str, dict[str, object]]:
    wrong = problem(asked)
    if wrong is not None:
        raise SettingsError(wrong)
    nearest = asked_for((asked,))[-1].facts
    try:
        facts = raw_facts(nearest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"{asked}: holds no facts: {error}") from None
    return str(facts["torch"]), facts


@command.command()
@click.option("--python", default=sys.executable, metavar="PATH", help="Interpreter whose torch is measured.")
@click.option("-o", "--output-file", metavar="FILE", help="Output file; default: torch-VERSION.json.")
def probe(python: str, output_file: str | None) -> None:
    """Measure the torch of an interpreter, and write a file that `--torch FILE` understands.

    This runs torch, and nothing of yours; it takes about a minute.
    """
    try:
        facts = measure(python)
    except ProbeError as error:
        raise SettingsError(str(error)) from None
    name = output_file or f"torch-{facts['torch']}.json"
    if not name.endswith(".json"):
        raise SettingsError(f"--output-file {name}: has to end with .json, by which `--torch` knows it")
    write((as_changes(facts, raw_facts(BASE)),), name)
    shipped = ", which is shipped too" if facts["torch"] in SHIPPED else ""
    say((f"Wrote {name}: torch {facts['torch']}{shipped}; `--torch {name}` takes it",))
