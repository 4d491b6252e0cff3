"""What a notebook's export expects of the shell it was written in, for code that runs outside of one."""

from __future__ import annotations

import builtins
import sys
from typing import Any

_RUN = ("capture", "prun", "time", "timeit")  # magics whose text is code of the notebook's own


class Shell:
    """Stands for IPython's shell: magics that run code run it, all others do nothing."""

    def run_line_magic(self, name: str, line: str = "", *_: Any) -> Any:
        """Run the code of `%time` and its like; forget any other magic."""
        if name in _RUN:
            self._run(line)

    def run_cell_magic(self, name: str, line: str, cell: str) -> Any:
        """Run the cell of `%%time` and its like; forget any other magic."""
        if name in _RUN:
            self._run(cell)

    def magic(self, text: str) -> Any:
        """Do what a line magic does, as old exports spell it."""
        name, _, line = text.lstrip("%").partition(" ")
        self.run_line_magic(name, line)

    def getoutput(self, *_: Any, **__: Any) -> list[str]:
        """Return what a shell command printed: nothing, for none is run."""
        return []

    def _run(self, text: str) -> None:
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_globals is globals():
            frame = frame.f_back
        exec(compile(text, "<cell>", "exec"), frame.f_globals)

    def __getattr__(self, name: str) -> Any:
        """Return a function that does nothing, for `system` and all others."""
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


def install() -> None:
    """Make `get_ipython` and `display` known to code that is run from here on, as a notebook has them."""
    shell = Shell()
    names: dict[str, Any] = {"get_ipython": lambda: shell, "display": lambda *_, **__: None}
    for name, value in names.items():
        if not hasattr(builtins, name):
            setattr(builtins, name, value)
