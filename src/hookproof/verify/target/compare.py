"""Compares an error of torch with the one a finding predicts: class, message and source line."""

from __future__ import annotations

import ast
import os
import re
from typing import Any

from .outcome import InconclusiveError
from .sources import source_of

_REDUCTION = re.compile(r"hook_\d+\.py$")
# How torch 1.8 says what newer ones say as `'T' object has no attribute or method 'name'`.
_NO_ATTRIBUTE = re.compile(r"Tried to access nonexistent attribute or method '(\w+)' of type '([^']*)'")


def is_predicted(experiment: dict[str, Any], error: dict[str, Any], is_reduced: bool = False) -> bool:
    """Tell whether `error` (see `outcome.describe`) is what the experiment's finding predicts.

    `is_reduced` when the hook held nothing but what is flagged.
    """
    prediction = experiment.get("prediction")
    if prediction is not None:
        if prediction["exception"] not in error["bases"]:
            return False
        message = _NO_ATTRIBUTE.sub(r"'\2' object has no attribute or method '\1'", error["message"])
        if not re.search(prediction["message"], message):
            return False
    return is_at_line(experiment, error, is_reduced)


def is_at_line(experiment: dict[str, Any], error: dict[str, Any], is_reduced: bool) -> bool:
    """Tell whether the error speaks of the finding's line, if it speaks of any line of a hook.

    Where torch gives a piece of source in its message, that counts and not the Python traceback.
    """
    setup = experiment["setup"]
    if not setup["is_at_line"]:
        return True
    if setup["runs"] == "program":
        places = [*error["frames"], *error["places"]]
        return any(path == experiment["path"] and is_of_finding(experiment, line) for path, line in places)
    for places in (error["places"], error["frames"]):
        reduced = [line for path, line in places if is_reduction(path)]
        own = [line for path, line in places if path == experiment["path"]]
        if not reduced and setup["ends_in_callee"] and is_reduced:
            return True
        if reduced or own:
            named = _lines_naming(experiment) if setup["ends_in_callee"] else set()
            return any(is_of_finding(experiment, line) or line in named for line in reduced or own)
    return True


def _lines_naming(experiment: dict[str, Any]) -> set[int]:
    """Return the lines that give the function that is called a name: there torch compiles it already."""
    try:
        source = source_of(experiment["path"])
        function = source.function_around(source.statement_on(experiment["line"]))
    except InconclusiveError:
        return set()
    if function is None:
        return set()
    nodes = list(ast.walk(function))
    called = {
        n.func.id
        for n in nodes
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and is_of_finding(experiment, n.lineno)
    }
    return {
        n.lineno
        for n in nodes
        if isinstance(n, ast.Assign) and any(isinstance(t, ast.Name) and t.id in called for t in n.targets)
    }


def is_reduction(path: str) -> bool:
    """Tell whether a file is one that a reduced hook was written to."""
    return _REDUCTION.match(os.path.basename(path)) is not None


def is_akin(experiment: dict[str, Any], error: dict[str, Any]) -> bool:
    """Tell whether an error may be the predicted one in other words: its class, on the finding's line."""
    prediction = experiment.get("prediction")
    return (prediction is None or prediction["exception"] in error["bases"]) and any(
        is_of_finding(experiment, line)
        for path, line in [*error["places"], *error["frames"]]
        if path == experiment["path"] or is_reduction(path)
    )


def is_of_finding(experiment: dict[str, Any], line: int) -> bool:
    """Tell whether the finding stands on that line of its file."""
    return bool(experiment["line"] <= line <= experiment["end_line"])
