"""Watches which of the lines that matter for a finding a program comes to, and what a hook does there."""

from __future__ import annotations

import ast
import os
import re
import sys
from typing import Any

from .callgraph import first_line, takes_no_arguments
from .hook_codes import is_code_of
from .installed import torch
from .outcome import InconclusiveError, describe
from .sources import parameters, source_of
from .witness import Witness

_ITERATION = (StopIteration, GeneratorExit, StopAsyncIteration)
_MAXIMAL_DEPTH = 5
# What makes a program take one way here and another elsewhere.
_SURROUNDINGS = re.compile(
    r"argparse|argv|environ|getenv|\brandom\b|\bclick\b|\btyper\b|\bhydra\b|\binput\(|available|platform"
    r"|version|exists\(|is_file|datetime|\btime\b|stdin|hostname|cpu_count|optparse|getpass"
)


class Reach:
    """Which places a program has come to: the finding's line, the entry point, the registration.

    `finished` counts the calls of the finding's hook with a ScriptModule that returned; `failed` holds what
    was raised on the finding's line, `left` what of that went on to whoever called the hook.
    """

    def __init__(self, experiment: dict[str, Any], witness: Witness) -> None:
        self._witness = witness
        e = self.experiment = experiment
        self.places = {"the finding's line": (e["path"], e["line"], e["end_line"])}
        if _is_python(e.get("entry_path")):
            self.places["the entry point"] = (e["entry_path"], e["entry_line"], e["entry_line"])
        self.also = dict(self.places)
        if _is_python(e.get("registration_path")):
            place = (e["registration_path"], e["registration_line"], e["registration_line"])
            self.also["the registration"] = place
        self.reached: set[str] = set()
        self.ran: set[tuple[str, int]] = set()
        self.finished = 0
        self.failed: list[dict[str, Any]] = []
        self.left: list[dict[str, Any]] = []

    @property
    def is_complete(self) -> bool:
        """Whether neither the finding's line nor the entry point is missing."""
        return all(name in self.reached for name in self.places)

    @property
    def missing(self) -> str:
        """What the program has not come to."""
        return next(name for name in self.also if name not in self.reached)

    def start(self) -> None:
        """Watch the lines of the files in question, in this thread."""
        hook = self.experiment.get("hook") or {}
        files = {path for path, _, _ in self.also.values()} | {hook.get("path")}

        def entered(frame: Any, event: str, _: Any) -> Any:
            code = frame.f_code
            if code.co_filename not in files:
                return None
            self.ran.add((code.co_filename, 0 if code.co_name == "<module>" else code.co_firstlineno))
            is_call = event == "call" and is_code_of(self.experiment, code) and _has_script_module(frame)
            trace = self._tracing_hook() if is_call else self._trace
            return trace(frame, event, None)

        sys.settrace(entered)

    def _trace(self, frame: Any, event: str, argument: Any) -> Any:
        line, code = frame.f_lineno, frame.f_code
        if event == "line" or line > code.co_firstlineno:
            for name, (path, first, last) in self.also.items():
                if first <= line <= last and path == code.co_filename:
                    self.reached.add(name)
        if event == "exception":
            self._note(frame, argument)
        return self._trace

    def _tracing_hook(self) -> Any:
        has_failed = False

        def trace(frame: Any, event: str, argument: Any) -> Any:
            nonlocal has_failed
            self._trace(frame, event, argument)
            if event == "return" and not has_failed:
                self.finished += 1
            elif event == "return":
                self.left += self.failed[-1:]
            has_failed = event == "exception"
            return trace

        return trace

    def _note(self, frame: Any, raised: Any) -> None:
        path, first, last = self.places["the finding's line"]
        if frame.f_code.co_filename != path or not first <= frame.f_lineno <= last:
            return
        if not isinstance(raised[1], BaseException) or issubclass(raised[0], _ITERATION):
            return
        error = describe(raised[1])
        error["frames"] += [place.at for place in self._witness.chain(frame)]
        self.failed.append(error)

    # --- branches not taken -------------------------------------------------------------------------

    def passed_by(self) -> tuple[str, int] | None:
        """Return a place, and its line, that a program which ended went past by a branch of its own.

        What stands in a function that is never mentioned says nothing: a person may still call it.
        """
        for name, (path, line, _) in self.also.items():
            if name in self.reached or (name not in self.places and "the entry point" in self.reached):
                continue
            if self._is_within_run(path, line):
                return name, line
        return None

    def _is_within_run(self, path: str, line: int, depth: int = 0) -> bool:
        """Tell whether the code around a line ran, or else all code that mentions the function around it."""
        try:
            source = source_of(path)
            statement = source.statement_on(line)
        except InconclusiveError:
            return False
        is_header = isinstance(statement, ast.FunctionDef)
        around = statement if is_header else source.function_around(statement)
        if around is None:
            return (path, 0) in self.ran
        lines = range(first_line(around), around.lineno + 1)
        if any((path, number) in self.ran for number in lines):
            return True
        name = getattr(around, "name", "")
        nodes: list[Any] = list(ast.walk(source.tree))
        sites = [n.lineno for n in nodes if _mentions(n, name)]
        return (
            depth < _MAXIMAL_DEPTH
            and bool(sites)
            and all(self._is_within_run(path, site, depth + 1) for site in sites)
        )

    def depends_on_surroundings(self, path: str, function: str) -> bool:
        """Tell whether a program may take another way where it is run with arguments, or elsewhere."""
        return self._reads_surroundings(path) or any(map(_takes_something, self._functions(path, function)))

    def depends_on_one_argument(self, path: str, function: str) -> bool:
        """Tell whether nothing but the one argument that a function needs decides which way it takes."""
        found = self._functions(path, function)
        return (
            not self._reads_surroundings(path)
            and bool(found)
            and all(len(parameters(n)) == 1 and not n.args.kwonlyargs for n in found)
        )

    def _functions(self, path: str, name: str) -> list[ast.FunctionDef]:
        try:
            nodes = ast.walk(source_of(path).tree)
        except InconclusiveError:
            return []
        return [n for n in nodes if isinstance(n, ast.FunctionDef) and n.name == name]

    def _reads_surroundings(self, path: str) -> bool:
        hook = self.experiment.get("hook") or {}
        paths = {path, hook.get("path"), *(place for place, _, _ in self.also.values())} - {None, ""}
        try:
            sources = [source_of(each) for each in sorted(paths)]
        except InconclusiveError:
            return True
        texts = ("\n".join(re.sub(r"#.*", "", line) for line in source.lines) for source in sources)
        return any(map(_SURROUNDINGS.search, texts))


def _takes_something(node: ast.FunctionDef) -> bool:
    return bool(parameters(node)) or not takes_no_arguments(node)


def _mentions(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Name):
        return node.id == name and isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Attribute) and node.attr == name


def _is_python(path: Any) -> bool:
    return bool(path) and os.path.splitext(path)[1] == ".py"


def _has_script_module(frame: Any) -> bool:
    """Tell whether a call is given a module that left eager mode."""
    given = list(frame.f_locals.values())
    given += [v for value in given if isinstance(value, tuple) and type(value) is tuple for v in value]
    return any(isinstance(value, torch.jit.ScriptModule) for value in given)
