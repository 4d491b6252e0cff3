"""`hookproof` and `python -m hookproof`."""

# ruff: noqa: E402
import sys


def _leave_out_working_directory() -> None:
    """Import nothing from the checked tree: `python -m` looks for modules in the working directory first.

    A program that is run finds its own there.
    """
    import os  # is there before any path is looked through

    try:
        here = os.getcwd()
    except OSError:
        here = ""
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if sys.path[:1] in ([""], [here]) and here != home:
        del sys.path[0]


if __name__ == "__main__" and sys.argv[1:2] != ["run"]:
    _leave_out_working_directory()

import gc
import os
from contextlib import suppress
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line and end the process at once, without taking apart what it has built up.

    Only a program that is run ends as its own process would.
    """
    if sys.argv[1:2] == ["run"]:
        from hookproof.watching.session import main as watch

        watch(sys.argv[2:], _with_click)
    gc.disable()  # a check is over before there is enough to collect, and imports only make lasting objects
    status: object = 1
    try:
        main()
    except SystemExit as end:
        status = end.code
    except (MemoryError, SystemError) as error:  # where there was not even enough to tell in the usual way
        of_memory = isinstance(error, MemoryError)
        os.write(2, b"hookproof: %snot enough memory\n" % (b"" if of_memory else b"internal error, or "))
        os._exit(2)
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 0 if status is None else 1)


def main() -> NoReturn:
    """Run the command line and leave with its exit status. Raises `SystemExit`."""
    from hookproof.exit_status import leave
    from hookproof.plain_arguments import plain_check

    plain = plain_check(sys.argv[1:])
    if plain is None:
        _with_click()
    from hookproof.run import check

    leave(lambda: check(*plain))


def _with_click() -> NoReturn:
    # Imported here: plain command lines need no click, and a program that is run must not find it loaded.
    from hookproof.cli import main as click_main

    click_main()


if __name__ == "__main__":
    run()
