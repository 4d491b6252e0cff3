"""What a notebook's export expects of the shell it was written in, for code that runs outside of one."""

from __future__ import annotations

import builtins
import importlib.util
import sys
import types
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


class _Module(types.ModuleType):
    """Stands for a module of IPython's: what is imported from it takes anything and does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


class _Modules:
    """Gives stand-ins for IPython and what is in it, where it is not installed."""

    def find_spec(self, name: str, *_: Any) -> Any:
        """Return how `IPython` or a module of it is made, None for any other."""
        is_shells = name.partition(".")[0] == "IPython"
        return importlib.util.spec_from_loader(name, self, is_package=True) if is_shells else None  # type: ignore[arg-type]

    def create_module(self, spec: Any) -> Any:
        """Return the stand-in."""
        return _Module(spec.name)

    def exec_module(self, module: Any) -> None:
        """Give it what the others have in common."""
        module.get_ipython, module.display = builtins.get_ipython, builtins.display  # type: ignore[attr-defined]


def install() -> None:
    """Make `get_ipython`, `display` and `IPython` known to code that is run from here on."""
    shell = Shell()
    names: dict[str, Any] = {"get_ipython": lambda: shell, "display": lambda *_, **__: None}
    for name, value in names.items():
        if not hasattr(builtins, name):
            setattr(builtins, name, value)
    sys.meta_path.append(_Modules())
