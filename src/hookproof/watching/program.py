"""Finds a program and runs it as `__main__`, as `python SCRIPT` and `python -m MODULE` do."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import io
import os
import pkgutil
import sys
from collections.abc import Sequence
from types import CodeType, ModuleType


class ProgramError(Exception):
    """There is no such program; the message is one line."""


class Program:
    """A script or module that is to run as `__main__`."""

    def prepare(self, arguments: Sequence[str]) -> None:
        """Set `sys.argv` and `sys.path` to what the program finds there. Raises `ProgramError`."""
        raise NotImplementedError

    def run(self) -> None:
        """Run it in a new `__main__`; what it raises passes through. Raises `ProgramError`."""
        raise NotImplementedError


class Script(Program):
    """A file of Python, source or compiled."""

    def __init__(self, path: str) -> None:
        self._given = path
        self.path = os.path.abspath(path)

    def prepare(self, arguments: Sequence[str]) -> None:
        """Have imports start from the script's folder."""
        if os.path.isdir(self.path):
            raise ProgramError(f"{self._given} is a folder; give a script, or a module after -m")
        if not os.path.isfile(self.path):
            raise ProgramError(f"{self._given}: no such file")
        sys.argv = [self._given, *arguments]
        _start_imports_from(os.path.dirname(os.path.realpath(self.path)))

    def run(self) -> None:
        """Run the file."""
        main = ModuleType("__main__")
        loader = importlib.machinery.SourceFileLoader("__main__", self.path)
        become(main, __file__=self.path, __loader__=loader, __package__=None, __cached__=None)
        _execute(self._code(), main)

    def _code(self) -> CodeType:
        with io.open_code(self.path) as file:
            code: CodeType | None = pkgutil.read_code(file)
        if code is None:
            with io.open_code(self.path) as file:
                code = compile(file.read(), self.path, "exec", dont_inherit=True)
        return code


class Module(Program):
    """A module, or a package that has a `__main__`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def prepare(self, arguments: Sequence[str]) -> None:
        """Have imports start from the working directory."""
        sys.argv = ["-m", *arguments]
        _start_imports_from(os.getcwd())
        # The packages above are the program's and run only later, but a name that is nowhere is said at once.
        top = self._name.partition(".")[0]
        if not top or importlib.util.find_spec(top) is None:
            raise ProgramError(f"no module named {self._name}")

    def run(self) -> None:
        """Import the packages above the module and run it."""
        spec = self._find(self._name)
        if spec.submodule_search_locations is not None:
            spec = self._find(f"{self._name}.__main__")
        code = spec.loader.get_code(spec.name) if spec.loader and hasattr(spec.loader, "get_code") else None
        if code is None:
            raise ProgramError(f"{self._name} cannot be run: it has no Python code")
        main = ModuleType("__main__")
        main.__spec__ = spec
        become(
            main,
            __file__=spec.origin,
            __loader__=spec.loader,
            __package__=spec.parent,
            __cached__=spec.cached,
        )
        sys.argv[0] = spec.origin or self._name
        _execute(code, main)

    def _find(self, name: str) -> importlib.machinery.ModuleSpec:
        try:
            spec = importlib.util.find_spec(name)
        except ModuleNotFoundError as error:
            if error.name and (name == error.name or name.startswith(error.name + ".")):
                spec = None
            else:
                raise
        if spec is None:
            suffix = ".__main__"
            if name.endswith(suffix):
                raise ProgramError(f"{name[: -len(suffix)]} is a package without a __main__")
            raise ProgramError(f"no module named {name}")
        return spec


def _start_imports_from(folder: str) -> None:
    """Put the folder where Python had put that of hookproof."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder


def become(main: ModuleType, **names: object) -> None:
    """Have a module be `__main__`, with these names."""
    vars(main).update(names, __builtins__=sys.modules["builtins"], __annotations__={})
    sys.modules["__main__"] = main


def _execute(code: CodeType, main: ModuleType) -> None:
    exec(code, vars(main))
