"""Runs a command where no namespaces can be had, as in most containers, and nothing outside can be hurt.

`python tests/support/without_namespaces.py pytest tests/doors/attack/test_confinement.py` shows what
confines the verifier's experiments there. The command is in a PID namespace of its own, in which no
further one of any kind is made.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_BIN = Path(sys.executable).parent
_UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc", "--user", "--map-root-user"]
_SETPRIV = "setpriv --bounding-set=-all --inh-caps=-all --no-new-privs"


def main(command: list[str]) -> None:
    """Become the command, which is looked for beside this interpreter first."""
    if (_BIN / command[0]).exists():
        command = [str(_BIN / command[0]), *command[1:]]
    script = f'echo 0 > /proc/sys/user/max_user_namespaces && exec {_SETPRIV} "$0" "$@"'
    os.execvp(_UNSHARE[0], [*_UNSHARE, "sh", "-c", script, *command])


if __name__ == "__main__":
    main(sys.argv[1:])
