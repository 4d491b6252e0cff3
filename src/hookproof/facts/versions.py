"""Which of the shipped versions of torch a project speaks of, and how that is said of a finding."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from hookproof.facts.atlas import SHIPPED

_PLAIN = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,9})(?:\+\w+)?")
_FACTS = re.compile(r".+\.json")


def is_file(text: str) -> bool:
    """Return whether facts are asked of a file that `hookproof facts probe` wrote."""
    return _FACTS.fullmatch(text) is not None


def number(version: str) -> tuple[int, ...]:
    """Return a version such as `2.4.1` as it is compared."""
    return tuple(int(part) for part in version.split("."))


def problem(text: str) -> str | None:
    """Return what is wrong with a version, or a specifier such as `>=2.4,<2.9`; None where nothing is."""
    if is_file(text) or _PLAIN.fullmatch(text):
        return None
    # Imported here: few projects give more than a version.
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return f"`{text[:40]}` is not a version such as 2.4, nor a range such as >=2.4"
    return None if text.strip() else "is empty: a version such as 2.4, or a range such as >=2.4"


class Torch(NamedTuple):
    """A version that a project speaks of, and the shipped one, or the file, whose facts are nearest to it."""

    version: str
    facts: str

    def is_within(self, since: str | None, until: str | None) -> bool:
        """Return whether it is from `since` on and before `until`; of a file's only the facts are known."""
        if is_file(self.version):
            return True
        own = number(self.version)
        return (not since or number(since) <= own) and (not until or own < number(until))


def asked_for(wanted: Iterable[str], among: Sequence[str] = SHIPPED) -> tuple[Torch, ...]:
    """Return the versions that the specifiers are about, oldest first and files last.

    Of a range these are the versions with facts. Where it has none, it is the oldest that it names, with the
    facts of the newest that came before; where none did, those of the oldest of all.
    """
    found: dict[Torch, None] = {}
    for text in wanted:
        found.update(dict.fromkeys((Torch(text, text),) if is_file(text) else _of(text, among)))
    by_number = sorted(
        (each for each in found if not is_file(each.version)), key=lambda each: number(each.version)
    )
    return (*by_number, *(each for each in found if is_file(each.version)))


def unmeasured(wanted: Iterable[str], among: Sequence[str] = SHIPPED) -> tuple[Torch, ...]:
    """Return the versions that are asked for by number and lie outside of those with facts."""
    numbers = [match[1] for text in wanted if not is_file(text) and (match := _PLAIN.fullmatch(text))]
    first, last = number(among[0])[:2], number(among[-1])[:2]
    return tuple(
        Torch(text, _nearest(text, among)) for text in numbers if not first <= (*number(text), 0)[:2] <= last
    )


def _of(text: str, among: Sequence[str]) -> tuple[Torch, ...]:
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        return (Torch(plain[1], _nearest(plain[1], among)),)
    from packaging.specifiers import SpecifierSet

    allowed = SpecifierSet(text)
    inside = tuple(Torch(version, version) for version in among if version in allowed)
    if inside:
        return inside
    named = min((match[0] for match in re.finditer(r"\d+(\.\d+)*", text)), key=number, default=among[-1])
    return (Torch(named, _nearest(named, among)),)


def _nearest(version: str, among: Sequence[str]) -> str:
    # 2.4 is every 2.4.x.
    own = number(version) if version.count(".") > 1 else (*number(version), 10**9)
    before = [each for each in among if number(each) <= own]
    return before[-1] if before else among[0]


def note(
    holds: Collection[str], among: Sequence[str], since: str | None = None, until: str | None = None
) -> str | None:
    """Return in which of the versions something holds: `since 2.6`, `fixed in 2.12`; None where in all.

    `since` and `until` are what is known more exactly: they are named where they lie between two of them.
    """
    known = [version in holds for version in among]
    if all(known) or not any(known):
        return None
    first, last = known.index(True), len(known) - 1 - known[::-1].index(True)
    if not all(known[first : last + 1]):
        return "in " + ", ".join(short(version) for version, is_so in zip(among, known, strict=True) if is_so)
    parts = []
    if first:
        parts.append(f"since {_between(among[first - 1], since, among[first])}")
    if last < len(among) - 1:
        parts.append(f"fixed in {_between(among[last], until, among[last + 1])}")
    return ", ".join(parts)


def _between(before: str, exact: str | None, at: str) -> str:
    if exact is not None and number(before) < number(exact) <= number(at):
        return exact
    return short(at)


def short(version: str) -> str:
    """Return a version without its last part: `2.4` of `2.4.1`."""
    return version if is_file(version) else ".".join(version.split(".")[:2])
