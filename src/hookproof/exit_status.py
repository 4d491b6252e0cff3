"""How a command leaves the process: its exit status, and every error as one line on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import NoReturn


class SettingsError(Exception):
    """A setting that cannot be understood; the message is one line that names the file and the key."""


def leave(command: Callable[[], object]) -> NoReturn:
    """Run a command and leave the process: with what it returns if that is a number, 2 for an error."""
    try:
        status = command()
        sys.stdout.flush()
    except SettingsError as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.stderr.write("hookproof: interrupted\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader went away (`| head`): nothing more to say, and nothing left for Python to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    sys.exit(status if isinstance(status, int) else 0)


def fail(message: str) -> NoReturn:
    """Say in one line why the command was not carried out, and leave with 2."""
    sys.stderr.write(f"hookproof: {' '.join(message.split())}\n")
    sys.exit(2)
