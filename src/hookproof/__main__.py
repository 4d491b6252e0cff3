"""`hookproof` and `python -m hookproof`."""

from __future__ import annotations

import sys

from hookproof.exit_status import leave
from hookproof.plain_arguments import plain_check


def main() -> None:
    """Run the command line and leave the process with its exit status."""
    plain = plain_check(sys.argv[1:])
    if plain is None:
        # Imported here: click is not needed for the most frequent command lines.
        from hookproof.cli import main as click_main

        click_main()
    else:
        from hookproof.run import check

        leave(lambda: check(*plain))


if __name__ == "__main__":
    main()
