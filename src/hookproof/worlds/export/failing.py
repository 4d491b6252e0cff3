"""How exporting fails where a hook asks for something that is not there."""

from __future__ import annotations

from hookproof.interpreter.number_questions import NumberQuestion
from hookproof.worlds.export.exported import Event, Exported

_NOT_STRICTLY: dict[str, Event] = {
    "array": "asks for an array while exporting",
    "text": "formats a number while exporting",
    **dict.fromkeys(
        ("branch", "assertion", "compared number", "number"), "asks for a number while exporting"
    ),
}
_STRICTLY: dict[str, Event] = {
    "branch": "branches while exporting strictly",
    "compared number": "compares a number while exporting strictly",
    "unread": "asks what strict export does not read",
}
# To write a file torch tries both ways.
_TO_ONNX: dict[str, Event] = dict.fromkeys(("branch", "compared number"), "branches while exporting to onnx")


def failing(question: NumberQuestion, exported: Exported) -> Event | None:
    """Return how export fails where a hook asks for something: dynamo, which reads it, cares for branches."""
    if exported.is_onnx:
        return _TO_ONNX.get(question.wanted)
    if exported.is_strict is None:
        return None
    return (_STRICTLY if exported.is_strict else _NOT_STRICTLY).get(question.wanted)
