"""`hookproof run` for click: its help, and every mistake in its options."""

from __future__ import annotations

from typing import Any, NoReturn

import click

from hookproof.watching import session
from hookproof.watching.arguments import FORMATS, chosen


@click.command(
    "run",
    short_help="Run a program and report what became of its hooks.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option(
    "--output-format", type=click.Choice(FORMATS), default="text", help="Output format; default: text."
)
@click.option(
    "-o",
    "--output-file",
    metavar="FILE",
    help="Write the report to this file instead of stderr; `-` is stdout.",
)
@click.option("--fail-on-loss", is_flag=True, help="Exit 1 if a hook was refused or lost.")
@click.option("-q", "--quiet", is_flag=True, help="Suppress the warning that the program runs unconfined.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="SCRIPT|-m MODULE [ARG]...")
def command(words: tuple[str, ...], **options: Any) -> NoReturn:
    """Run a program as Python would, and report what became of its hooks at each entry point.

    THE PROGRAM RUNS IN THIS PROCESS WITHOUT ANY CONFINEMENT, with this Python and its packages. Options of
    hookproof stand before SCRIPT or -m; all that follows belongs to the program, and so do stdout and the
    exit status. What became of the hooks is told on stderr once it has ended. What torch.compile does to
    hooks is not watched.
    """
    if words and words[0].startswith("-") and words[0] != "-m":
        raise click.NoSuchOption(words[0])
    parsed = chosen(words, **options)
    if parsed is None:
        raise click.UsageError("name a script, or a module after -m")
    session.run(parsed)
