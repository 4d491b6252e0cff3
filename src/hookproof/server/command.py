"""The command `hookproof server`."""

from __future__ import annotations

from typing import Any

import click

from hookproof.exit_status import SettingsError
from hookproof.options import settings_options


@click.command("server")
@settings_options
@click.option(
    "--tcp", metavar="HOST:PORT", help="Wait for an editor at this address, instead of on stdin and stdout."
)
@click.option("--check", is_flag=True, help="Only say whether the server could be started.")
def command(tcp: str | None, check: bool, **options: Any) -> int:
    """Serve an editor: findings as you type, fixes, and what becomes of each hook.

    Speaks the Language Server Protocol. Never imports or runs the code it reads.
    """
    try:
        import pygls  # noqa: F401  # what is missing is told in one line
    except ImportError:
        raise SettingsError("the language server needs pygls: pip install 'hookproof[lsp]'") from None
    from hookproof.server.serving import serve

    if check:
        return 0
    return serve(_address(tcp) if tcp is not None else None, options)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise SettingsError(f"--tcp {text}: write HOST:PORT, as in 127.0.0.1:2087")
    return host or "127.0.0.1", int(port)
