"""`hookproof config`: what may stand in a file of settings."""

from __future__ import annotations

import click

from hookproof.telling import write


@click.group("config", short_help="What may stand in a file of settings.")
def command() -> None:
    """Tell what may stand in a file of settings; `hookproof check --show-settings` tells what does."""


@command.command("schema")
def schema() -> None:
    """Print the JSON Schema of `hookproof.toml`, which is that of `[tool.hookproof]` too.

    For editors: `#:schema ADDRESS` in the first line of `hookproof.toml`.
    """
    from hookproof.settings.schema import text

    write((text(),), None)
