"""A hook that can't be part of one graph, on a model that is compiled in several."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, statement_at
from hookproof.fixes.repair import Repair

_FULL = m.Arg(keyword=m.Name("fullgraph"), value=m.Name("True"))


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Say `fullgraph=False` where the model is compiled, if one call on that line says otherwise."""
    subject = flagged.finding.subject
    if subject is None or subject.entry_path is None:
        return ()
    place = statement_at(flagged, subject.entry_path, subject.entry_line)
    if place is None:
        return ()
    match m.findall(place.node, _FULL):
        case [cst.Arg(value=value)]:
            return (place.replace(value, "False"),)
    return ()


REPAIRS = (
    Repair(
        codes=frozenset({"HKP705"}),
        edits=_edits,
        changes="the model is compiled in several graphs, with Python between them",
    ),
)
