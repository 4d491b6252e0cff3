"""Lets a program go on past statements that end it for another cause than the finding's.

Each is run as it stands, and what it raises is caught there: lines, names and what it did before stay. What a
program itself decides to end by, a `raise`, an `assert` or an exit, is no such statement.
"""

from __future__ import annotations

import ast
import builtins
import copy
import gc
import importlib.machinery
import os
import re
import sys
import types
from typing import Any, Iterator, NamedTuple

from . import made_up_files, on_cpu
from .outcome import InconclusiveError, one_line
from .sources import source_of
from .state import is_installed
from .witness.frames import is_own

_NAME = "__hookproof_is_aside__"
# Libraries whose functions do nothing but call what they are put around.
_TRANSPARENT = re.compile(
    r"_?contextlib\.py$|grad_mode\.py$|functools\.py$|importlib|runpy\.py$"
    r"|[/\\](click|typer|hydra|absl|fire|tqdm)[/\\]"
)
_COMPOUND = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
)
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While)
_BINDERS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_TESTS = (ast.If, ast.While, ast.IfExp, ast.Assert)


class Mask(NamedTuple):
    """A statement at which a program ends, by its lines (of a compound one those before its body).

    Where a file is missing there, its contents are made up in place of going past the statement.
    """

    path: str
    line: int
    end_line: int
    said: str
    is_file: bool = False

    @property
    def is_device(self) -> bool:
        """Whether it stands for all that moves something to a GPU which is not there."""
        return self.line == 0

    def __str__(self) -> str:
        if self.is_device:
            return "the CPU stood in for a GPU ({})".format(self.said)
        if self.is_file:
            return "made-up contents, or a file beside the script, stood in for one ({})".format(self.said)
        return "line {} was passed over, for it fails first ({})".format(self.line, self.said)


_aside: dict[str, list[Mask]] = {}
_met: set[tuple[str, int, int]] = set()  # those that failed again, by where they stand


def can_go_on(experiment: dict[str, Any], error: BaseException) -> bool:
    """Tell whether a program can go on past the statement that it ended at, as far as is known.

    `error` is the program's, or an `InconclusiveError` that was raised from it.
    """
    if isinstance(error, InconclusiveError):
        return error.__cause__ is None or mask_of(experiment, error.__cause__) is not None
    return mask_of(experiment, error) is not None


def mask_of(experiment: dict[str, Any], error: BaseException) -> Mask | None:
    """Return the statement of the project's that an error comes from, None where it must stay."""
    if not isinstance(error, Exception) or isinstance(error, MemoryError):
        return None
    if on_cpu.is_missing(error) and "" not in _aside:
        return Mask("", 0, 0, one_line(error))
    place = _place_of(error)
    if place is None:
        return None
    path, line = place
    try:
        statement: Any = source_of(path).statement_on(line)
    except InconclusiveError:
        return None
    if isinstance(statement, (ast.Raise, ast.Assert, ast.Try)):
        return None
    first, last = _lines_of(statement)
    known = {(k.line, k.end_line, k.is_file) for k in _aside.get(path, ())}
    is_file = made_up_files.is_missing(error) and (first, last, True) not in known
    mask = Mask(path, first, last, one_line(error), is_file)
    is_known = (first, last, is_file) in known
    return None if is_known or not first <= line <= last or _is_of(experiment, mask) else mask


def _place_of(error: BaseException) -> tuple[str, int] | None:
    """Return the last line of the project's before an error went on into what it calls of others."""
    found = None
    trace = error.__traceback__
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if not is_installed(path) and not is_own(path):
            found = (path, trace.tb_lineno)
        elif found is not None and not is_own(path) and not _TRANSPARENT.search(path):
            break
        trace = trace.tb_next
    return found


def _lines_of(statement: Any) -> tuple[int, int]:
    first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))])
    if isinstance(statement, _COMPOUND):
        return first, max(first, statement.body[0].lineno - 1)
    header = getattr(statement, "subject", statement)  # of a `match`
    return first, header.end_lineno or first


def _is_of(experiment: dict[str, Any], mask: Mask) -> bool:
    """Tell whether a statement is one of those that the finding names."""
    e = experiment
    places = [(e["path"], e["line"], e["end_line"])]
    places += [
        (e.get(key + "_path"), e[key + "_line"], e[key + "_line"]) for key in ("entry", "registration")
    ]
    return any(mask.path == p and mask.line <= last and first <= mask.end_line for p, first, last in places)


# --- whether it decides -------------------------------------------------------------------------------


def decide(experiment: dict[str, Any], masks: list[Mask]) -> bool:
    """Tell whether statements keep others from running, or a condition asks for what they were to make."""
    masks = [mask for mask in masks if not mask.is_device]
    if any(isinstance(source_of(m.path).statement_on(m.line), _BRANCHES) for m in masks):
        return True
    nodes = [node for path in _files(experiment) for node in ast.walk(source_of(path).tree)]
    known = {name for node in nodes if isinstance(node, _BINDERS) for name in _bound_by(node)}
    known |= set(vars(builtins))
    wanted = {name for mask in masks for name in _made_by(mask)}
    bindings = [n for n in nodes if isinstance(n, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For))]
    while True:
        more = {name for node in bindings if _names(node) & wanted for name in _names(node)} - known - wanted
        if not more:
            break
        wanted |= more
    tests = [node.test for node in nodes if isinstance(node, _TESTS)]
    tests += [node.iter for node in nodes if isinstance(node, (ast.For, ast.comprehension))]
    return any(_names(test) & wanted for test in tests)


def _files(experiment: dict[str, Any]) -> list[str]:
    """Return the files of the finding, and those of the project that are imported."""
    paths = {experiment.get(key + "path") for key in ("", "entry_", "registration_")}
    paths |= {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return sorted(p for p in paths if p and p.endswith(".py") and not is_installed(p) and not is_own(p))


def _made_by(mask: Mask) -> set[str]:
    source = source_of(mask.path)
    statement = source.statement_on(mask.line)
    names = _names(statement)
    known = {name for node in ast.walk(source.tree) if isinstance(node, _BINDERS) for name in _bound_by(node)}
    found = names - known - set(vars(builtins))
    function = source.function_around(statement)
    returns = any(isinstance(node, ast.Return) for node in ast.walk(statement))
    if returns and isinstance(function, ast.FunctionDef):
        found.add(function.name)
    return found


def _names(node: ast.AST) -> set[str]:
    nodes = list(ast.walk(node))
    return {n.id for n in nodes if isinstance(n, ast.Name)} | {
        n.attr for n in nodes if isinstance(n, ast.Attribute)
    }


def _bound_by(node: Any) -> list[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    return [node.name]


# --- going past them ----------------------------------------------------------------------------------


def put_aside(masks: list[Mask]) -> None:
    """Go past statements in all that is imported, run or called from now on in this process."""
    for mask in masks:
        _aside.setdefault(mask.path, []).append(mask)
        if mask.is_device:
            on_cpu.stay()
        if mask.is_file:
            made_up_files.stand_in([os.path.dirname(mask.path)])
    setattr(builtins, _NAME, _is_raised_within)
    loader: Any = importlib.machinery.SourceFileLoader
    if not hasattr(loader, _NAME):
        original = loader.get_code
        setattr(loader, _NAME, True)
        loader.get_code = lambda self, name: (
            compiled(self.path) if self.path in _aside else original(self, name)
        )
    for path in {mask.path for mask in masks if not mask.is_device and not mask.is_file}:
        _change_functions(path)


def compiled(path: str, tree: ast.Module | None = None) -> types.CodeType:
    """Return the code of a file, or of a `tree` in its place, that goes past what was put aside."""
    if tree is None:
        with open(path, "rb") as file:
            tree = ast.parse(file.read(), path)
    if path in _aside:
        tree = _Wrapper(_aside[path]).visit(copy.deepcopy(tree))
    code: types.CodeType = compile(tree, path, "exec", dont_inherit=True)
    return code


def _is_raised_within(first: int, last: int) -> bool:
    """Tell whether the error that is being handled comes from these lines of the function that handles it."""
    trace = sys.exc_info()[2]
    if trace is None or not first <= trace.tb_lineno <= last:
        return False
    _met.add((trace.tb_frame.f_code.co_filename, first, last))
    return True


def met() -> list[str]:
    """Return in words what was passed over in this process."""
    known = [mask for masks in _aside.values() for mask in masks]
    return [str(mask) for mask in known if mask.is_device or mask.is_file or mask[:3] in _met]


class _Wrapper(ast.NodeTransformer):
    """Puts a `try` around statements."""

    def __init__(self, masks: list[Mask]) -> None:
        self.lines = {(mask.line, mask.end_line) for mask in masks if not mask.is_file}

    def visit(self, node: ast.AST) -> Any:
        self.generic_visit(node)
        if not isinstance(node, ast.stmt) or _lines_of(node) not in self.lines:
            return node
        first, last = _lines_of(node)
        text = "try:\n    pass\nexcept Exception:\n    if not {}({}, {}): raise\n".format(_NAME, first, last)
        wrapped: Any = ast.parse(text).body[0]
        if isinstance(node, ast.Return):
            wrapped.handlers[0].body.append(ast.Return(None))
        for inner in ast.walk(wrapped):
            ast.copy_location(inner, node)
        wrapped.body = [node]
        return wrapped


def _change_functions(path: str) -> None:
    """Change the functions of a file that is imported already."""
    functions = [f for f in gc.get_objects() if isinstance(f, types.FunctionType)]
    functions = [f for f in functions if f.__code__.co_filename == path]
    if not functions:
        return
    found = {(code.co_name, code.co_firstlineno): code for code in _codes(compiled(path))}
    for function in functions:
        code = found.get((function.__code__.co_name, function.__code__.co_firstlineno))
        if code is not None and code.co_freevars == function.__code__.co_freevars:
            function.__code__ = code
            function.__globals__[_NAME] = _is_raised_within


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _codes(constant)
