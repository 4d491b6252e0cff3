"""Runs scripts that may show a failure, each as a program of its own, until one does."""

from __future__ import annotations

import os
import re
import runpy
import sys
from typing import Any

from .outcome import describe


def perform(trial: dict[str, Any]) -> dict[str, Any]:
    """Run one of the trial's scripts; while none has shown the failure, ask for another round.

    The answer's `shows` is the number of the script that did, None when all have been run.
    """
    number = trial.get("round", 0)
    if number >= len(trial["scripts"]):
        return {"id": trial["id"], "shows": None, "undecided": trial.get("undecided", [])}
    error = _run(trial["scripts"][number])
    if error is not None and _is_shown(trial, error):
        return {"id": trial["id"], "shows": number}
    said = None if error is None else "{}: {}".format(error["type"], error["message"][:300])
    return {"round": number + 1, "undecided": [*trial.get("undecided", []), said]}


def _run(text: str) -> dict[str, Any] | None:
    path = os.path.join(os.getcwd(), "reproduction.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    sys.argv[:] = [path]
    try:
        runpy.run_path(path, run_name="__main__")
    except MemoryError:
        raise
    except BaseException as error:
        return describe(error)
    return None


def _is_shown(trial: dict[str, Any], error: dict[str, Any]) -> Any:
    if trial["outcome"] == "silent":
        return error["type"] == "SystemExit" and error["message"].startswith("differs: ")
    prediction = trial["prediction"]
    if prediction is None:
        return bool(error["type"] == trial["error"])
    is_said = re.search(prediction["message"], error["message"]) is not None
    return is_said and prediction["exception"] in error["bases"]
