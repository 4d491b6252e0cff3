"""Says in words what pictures of values show, and what tells two of them apart."""

from __future__ import annotations

from typing import Any, Iterator

from .state import same


def words(shown: Any) -> str:
    """Return a picture in a few words, for a person."""
    if isinstance(shown, dict) and "tensor" in shown:
        values = ", ".join("{:.4g}".format(float(n)) for n in shown["values"][:3])
        dots = ", …" if len(shown["values"]) > 3 else ""
        return "{}{} ({}{})".format(shown["tensor"], shown["shape"], values, dots)
    if isinstance(shown, dict):
        if "number" in shown:
            return "{:.6g}".format(float(shown["number"]))
        if "of" in shown:
            return "{" + ", ".join("{}: {}".format(k, words(v)) for k, v in shown["of"][:4]) + "}"
        return str(shown.get("kind", shown.get("set", "a value")))[:80]
    if isinstance(shown, list):
        return "[" + ", ".join(words(v) for v in shown[:4]) + (", …]" if len(shown) > 4 else "]")
    return repr(shown)[:120]


def words_apart(one: Any, other: Any) -> tuple[str, str]:
    """Return two pictures that are not the same in words that are not: `words` may leave out what differs."""
    texts = words(one), words(other)
    if texts[0] != texts[1]:
        return texts
    place, a, b = _first_difference(one, other)
    return "{}, where {} is {}".format(texts[0], place, a), "{} is {}".format(place, b)


def _first_difference(one: Any, other: Any, place: str = "") -> tuple[str, str, str]:
    """Return where two pictures first differ, and what each has there."""
    for label, a, b in _pairs(one, other):
        if not same(a, b):
            return _first_difference(a, b, place + label)
    if isinstance(one, str) and isinstance(other, str):
        start = next((n for n, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
        start = max(0, start - 10)
        return place or "a part", repr(one[start : start + 60]), repr(other[start : start + 60])
    sizes = _size(one), _size(other)
    if sizes[0] != sizes[1]:
        return place + ".len()", str(sizes[0]), str(sizes[1])
    texts = words(one), words(other)
    return place or "it", texts[0], texts[1] if texts[0] != texts[1] else "something else"


def _size(shown: Any) -> int:
    parts = shown.get("of", ()) if isinstance(shown, dict) else shown
    return len(parts) if isinstance(parts, (list, tuple)) else 0


def _pairs(one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the parts that two pictures both have."""
    if isinstance(one, list) and isinstance(other, list):
        for number, (a, b) in enumerate(zip(one, other)):
            yield "[{}]".format(number), a, b
    elif isinstance(one, dict) and isinstance(other, dict):
        for number, (a, b) in enumerate(zip(one.get("values", ()), other.get("values", ()))):
            yield "[{}]".format(number), {"number": a}, {"number": b}
        for (name, a), (_, b) in zip(one.get("of", ()), other.get("of", ())):
            yield "[{}]".format(name), a, b
