"""`hookproof config`: what may stand in a file of settings."""

from __future__ import annotations

import click

from hookproof.telling import write


@click.group("config", short_help="Describe the settings file.")
def command() -> None:
    """Describe the settings file; `hookproof check --show-settings` shows the effective settings."""


@command.command("schema")
def schema() -> None:
    """Print the JSON Schema of `hookproof.toml`, which is that of `[tool.hookproof]` too.

    For editors: `#:schema ADDRESS` in the first line of `hookproof.toml`.
    """
    from hookproof.settings.schema import text

    write((text(),), None)
