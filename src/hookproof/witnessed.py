"""What a witness saw, from a test suite or a run, marked on the findings that it bears out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import msgspec
from msgspec import Struct

from hookproof.exit_status import SettingsError
from hookproof.finding import Evidence, Finding
from hookproof.source.text import SourceError
from hookproof.source.text import read as read_bytes

_MOST_TESTS = 3

Spot: TypeAlias = tuple[str, int]


class _Location(Struct):
    path: str
    line: int
    cell: int | None = None

    @property
    def spot(self) -> Spot:
        """The place as findings have it: a line of a notebook's cell is one of its module."""
        path = os.path.abspath(self.path)
        if self.cell is None:
            return path, self.line
        from hookproof.source.notebook import notebook  # few programs are notebooks

        try:
            cells = notebook(read_bytes(path), path).cells
        except SourceError:
            return path, self.line
        first = next((each.first for each in cells if each.number == self.cell), 1)
        return path, first + self.line - 1


class _Error(Struct):
    places: list[tuple[str, int | None]]
    frames: list[tuple[str, int | None]]


class _Fate(Struct):
    registration: int
    lost: bool
    fate: str


class _Registration(Struct):
    number: int
    chain: list[_Location]
    error: _Error | None
    test: str | None = None


class _Entry(Struct):
    chain: list[_Location]
    hooks: list[_Fate]
    error: _Error | None
    test: str | None = None


class _Document(Struct):
    version: int
    registrations: list[_Registration]
    entries: list[_Entry]
    program: str | None = None


class Seen(Struct, frozen=True):
    """One hook that was refused or lost: in which test or program, where registered, where it was lost.

    `named` are the places that the error speaks of, or went through.
    """

    where: str
    registered: frozenset[Spot]
    entered: frozenset[Spot]
    named: frozenset[Spot]

    def bears_out(self, finding: Finding) -> bool:
        """Whether this is what the finding speaks of: its registration, its entry point, its line."""
        flagged = {
            (os.path.abspath(finding.path), line) for line in range(finding.line, finding.end_line + 1)
        }
        subject = finding.subject
        if subject is not None and subject.registration_path:
            registration = (os.path.abspath(subject.registration_path), subject.registration_line)
            if registration not in self.registered:
                return False
        elif not flagged & (self.registered | self.entered):
            return False
        if subject is not None and subject.entry_path and self.entered:
            entry = (os.path.abspath(subject.entry_path), subject.entry_line)
            if entry not in self.entered:
                return False
        # Of several findings on one hook, an error bears out the one whose line it names.
        return not self.named or bool(flagged & (self.named | self.registered | self.entered))


def read(path: str) -> tuple[Seen, ...]:
    """Return what was refused or lost in the run that a file tells of. Raises `SettingsError`."""
    try:
        with open(path, "rb") as file:
            document = msgspec.json.decode(file.read(), type=_Document)
    except OSError as error:
        raise SettingsError(f"--witness {path}: {error.strerror}") from None
    except (ValueError, RecursionError):  # a MsgspecError is a ValueError
        raise SettingsError(
            f"--witness {path}: is neither from `pytest --hookproof-report` nor JSON of `hookproof run`"
        ) from None
    if document.version != 1:
        raise SettingsError(f"--witness {path}: is of version {document.version}, which is not known here")
    return tuple(_seen(document))


def _seen(document: _Document) -> Iterator[Seen]:
    known = {each.number: each for each in document.registrations}
    for each in document.registrations:
        if each.error is not None:
            yield Seen(_where(document, each), _spots(each.chain), frozenset(), _named(each.error))
    for entry in document.entries:
        for fate in entry.hooks:
            registration = known.get(fate.registration)
            if fate.lost and registration is not None:
                named = _named(entry.error) if fate.fate == "refused" and entry.error else frozenset()
                where = _where(document, entry)
                yield Seen(where, _spots(registration.chain), _spots(entry.chain), named)


def _where(document: _Document, record: _Registration | _Entry) -> str:
    return record.test or document.program or "a run"


def _spots(chain: Iterable[_Location]) -> frozenset[Spot]:
    return frozenset(location.spot for location in chain)


def _named(error: _Error) -> frozenset[Spot]:
    return frozenset(
        (os.path.abspath(path), line) for path, line in (*error.places, *error.frames) if line is not None
    )


def mark(findings: Iterable[Finding], seen: Iterable[Seen]) -> Iterator[Finding]:
    """Yield each finding, with the tests and programs that bear it out as its first evidence."""
    by_registration: dict[Spot, list[Seen]] = {}
    everything = list(seen)
    for each in everything:
        for spot in each.registered | each.entered:
            by_registration.setdefault(spot, []).append(each)
    for finding in findings:
        where = dict.fromkeys(
            each.where for each in _near(finding, by_registration) if each.bears_out(finding)
        )
        if where:
            names = [*where][:_MOST_TESTS]
            more = f" and {len(where) - len(names)} more" if len(where) > len(names) else ""
            note = Evidence(finding.path, finding.line, f"seen in {', '.join(names)}{more}")
            finding = msgspec.structs.replace(finding, evidence=(note, *finding.evidence))
        yield finding


def _near(finding: Finding, by_spot: Mapping[Spot, list[Seen]]) -> Iterator[Seen]:
    """Yield what was seen at a place that the finding names."""
    subject = finding.subject
    spots = [(finding.path, line) for line in range(finding.line, finding.end_line + 1)]
    if subject is not None and subject.registration_path:
        spots.append((subject.registration_path, subject.registration_line))
    if subject is not None and subject.entry_path:
        spots.append((subject.entry_path, subject.entry_line))
    for path, line in spots:
        yield from by_spot.get((os.path.abspath(path), line), ())
