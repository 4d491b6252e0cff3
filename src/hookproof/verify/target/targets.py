"""Where a program has to come to for a finding, and which code of the project comes there."""

from __future__ import annotations

from typing import Any

from .callgraph import IMPORTED, RUN, distance_to, distances, file_of
from .outcome import InconclusiveError


def targets(experiment: dict[str, Any]) -> list[tuple[str, int]]:
    """Return the places a program has to come to: the finding, the entry point, the registration."""
    e = experiment
    places = [(e["path"], e["line"])]
    places += [
        (e[kind + "_path"], e[kind + "_line"]) for kind in ("entry", "registration") if e.get(kind + "_path")
    ]
    return list(dict.fromkeys((path, line) for path, line in places if path.endswith(".py")))


def is_script(experiment: dict[str, Any]) -> bool:
    """Tell whether importing the finding's file runs the program that the finding is about."""
    path = experiment["path"]
    own = (path, experiment["line"])
    # A hook that the file only names, in a table say, is not run by it.
    is_run = experiment["asks"] == "fate"
    try:
        reached = distances(path, IMPORTED, experiment["roots"])
        return any(
            distance_to(reached, file, line, experiment["roots"]) is not None
            for file, line in targets(experiment)
            if is_run or (file, line) != own
        )
    except InconclusiveError:
        return False


def order_of(e: dict[str, Any], path: str, name: str, places: list[tuple[str, int]]) -> Any:
    """Return what a program is sorted by: how much it reaches, scripts first, the closest first."""
    reached = distances(path, name, e["roots"])
    found = {place: distance_to(reached, *place, e["roots"]) for place in places}
    known = [distance for distance in found.values() if distance is not None]
    if not known:
        return None
    line = 0 if name == RUN else file_of(path, e["roots"]).definitions[name].lineno
    return (len(places) - len(known), name != RUN, max(known), path, line)
