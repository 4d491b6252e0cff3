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
    try:
        reached = distances(path, IMPORTED, experiment["roots"])
        return any(
            distance_to(reached, file, line, experiment["roots"]) is not None
            for file, line in targets(experiment)
        )
    except InconclusiveError:
        return False


def order_of(e: dict[str, Any], path: str, name: str, places: list[tuple[str, int]]) -> Any:
    """Return what a program is sorted by: how much it reaches, scripts first, the closest first."""
    reached = distances(path, name, e["roots"])
    found = {place: distance_to(reached, *place, e["roots"]) for place in places}
    known = [distance for distance in found.values() if distance is not None]
    is_seen_at_entry = (
        e["setup"].get("is_seen_at_entry") and found.get((e["entry_path"], e["entry_line"])) is not None
    )
    own = [(e["path"], e["line"]), (e.get("registration_path"), e.get("registration_line"))]
    if not is_seen_at_entry and all(found.get(place) is None for place in own):
        return None
    line = 0 if name == RUN else file_of(path, e["roots"]).definitions[name].lineno
    return (len(places) - len(known), name != RUN, max(known), path, line)
