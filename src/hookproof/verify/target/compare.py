"""Compares an error of torch with the one a finding foretells: class, message and source line."""

from __future__ import annotations

import os
import re
from typing import Any

_LINE_MATTERS = ("HKP3", "HKP4", "HKP5")
# What a hook calls may be where torch stops, with no word about the hook.
_IN_CALLEE = ("HKP307", "HKP309", "HKP311")
_REDUCTION = re.compile(r"hook_\d+\.py$")


def is_predicted(experiment: dict[str, Any], error: dict[str, Any], is_reduced: bool = False) -> bool:
    """Tell whether `error` (see `outcome.describe`) is what the experiment's finding foretells.

    `is_reduced` when the hook held nothing but what is flagged.
    """
    prediction = experiment.get("prediction")
    if prediction is not None:
        if prediction["exception"] not in error["bases"]:
            return False
        if not re.search(prediction["message"], error["message"]):
            return False
    return is_at_line(experiment, error, is_reduced)


def is_at_line(experiment: dict[str, Any], error: dict[str, Any], is_reduced: bool) -> bool:
    """Tell whether the error speaks of the finding's line, if it speaks of any line of a hook.

    Where torch gives a piece of source in its message, that counts and not the Python traceback.
    """
    if not experiment["code"].startswith(_LINE_MATTERS) or experiment["code"] == "HKP502":
        return True
    for places in (error["places"], error["frames"]):
        reduced = [line for path, line in places if _REDUCTION.match(os.path.basename(path))]
        own = [line for path, line in places if path == experiment["path"]]
        if not reduced and experiment["code"] in _IN_CALLEE and is_reduced:
            return True
        if reduced or own:
            return any(experiment["line"] <= line <= experiment["end_line"] for line in reduced or own)
    return True
