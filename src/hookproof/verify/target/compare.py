"""Compares an error of torch with the one a finding foretells: class, message and source line."""

from __future__ import annotations

import os
import re
from typing import Any

_LINE_MATTERS = ("HKP3", "HKP4", "HKP5")
_REDUCTION = re.compile(r"hook_\d+\.py$")


def is_predicted(experiment: dict[str, Any], error: dict[str, Any]) -> bool:
    """Tell whether `error` (see `outcome.describe`) is what the experiment's finding foretells."""
    prediction = experiment.get("prediction")
    if prediction is not None:
        if prediction["exception"] not in error["bases"]:
            return False
        if not re.search(prediction["message"], error["message"]):
            return False
    return is_at_line(experiment, error)


def is_at_line(experiment: dict[str, Any], error: dict[str, Any]) -> bool:
    """Tell whether the error speaks of the finding's line, if it speaks of any line of a hook.

    Where torch gives a piece of source in its message, that counts and not the Python traceback.
    """
    if not experiment["code"].startswith(_LINE_MATTERS) or experiment["code"] == "HKP502":
        return True
    for places in (error["places"], error["frames"]):
        lines = [line for path, line in places if _is_of_hook(experiment, path)]
        if lines:
            return any(experiment["line"] <= line <= experiment["end_line"] for line in lines)
    return True


def _is_of_hook(experiment: dict[str, Any], path: str) -> bool:
    return path == experiment["path"] or bool(_REDUCTION.match(os.path.basename(path)))
