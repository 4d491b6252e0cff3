"""Which files call into the files with hooks: the test that triage's dismissed files are put to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, Flag
from functools import reduce
from operator import or_
from typing import TypeAlias

from msgspec import Struct, field

from hookproof.source.imports import import_statements, words

_DEFINED = re.compile(rb"^(?:class|(?:async +)?def) +([\w\x80-\xff]+)", re.MULTILINE)

_NONE: frozenset[bytes] = frozenset()

# What an import statement brings: the roles of the names it imports, the stems among them, and those of which
# it imports every name.
Said: TypeAlias = tuple[int, frozenset[bytes], frozenset[bytes]]


class Role(Flag):
    """What happens in a block, or in what it calls.

    A block that only takes off what a utility of torch has installed (`REMOVES`) is entered from others; by
    itself it breaks nothing. `LEAVES` marks the entry points that take a module, as all do but `jit.load`,
    and `ON_EACH` a call that is made for many modules of a model. `COPIES` is as `ENTERS`, for worlds that
    many files go to: in a large project it tells nothing of callers.
    """

    NONE = 0
    REGISTERS = 1
    ENTERS = 2
    TAKES_HOOK = 4
    REMOVES = 8
    LEAVES = 16
    ON_EACH = 32
    COPIES = 64

    @property
    def is_meeting(self) -> bool:
        """Whether a hook and an entry point may come together here."""
        return Role.REGISTERS in self and bool(self & (Role.ENTERS | Role.COPIES))


_MEETING = (Role.REGISTERS | Role.ENTERS).value


class Wanted(Enum):
    """What a dismissed file has to do with the names that wrap registrations and entry points."""

    NO = 0
    CARRIES = 1  # it imports one of them: wanted where it lies between a registration and an entry point
    YES = 2


class Callers(Struct, array_like=True):
    """The names that wrap registrations and entry points: a file's last name -> name -> role.

    A file that imports a wrapper of a registration, or a hook and an entry point, is worth looking at; so is
    one that only hands a registration on under a name that a file with an entry point imports (`asked`).
    Of longer chains every link was looked at, where `is_whole`.
    """

    by_stem: dict[bytes, dict[bytes, int]] = field(default_factory=dict)
    roles: dict[bytes, int] = field(default_factory=dict)  # of all the names of a stem
    asked: frozenset[bytes] = frozenset()
    is_whole: bool = False

    def add(self, stem: str, named: Mapping[str, Role], known: Callers | None = None) -> None:
        """Add what can be imported from files whose last name is `stem`, if it is not among the `known`.

        What was not is added to them too.
        """
        key = stem.encode("utf-8", "surrogateescape")
        for name, role in named.items():
            called = name.encode("utf-8", "surrogateescape")
            if known is None or known.by_stem.get(key, {}).get(called, 0) | role.value != (
                known.by_stem.get(key, {}).get(called)
            ):
                self._note(key, called, role.value)
                if known is not None:
                    known._note(key, called, role.value)

    def _note(self, stem: bytes, name: bytes, role: int) -> None:
        names = self.by_stem.setdefault(stem, {})
        names[name] = names.get(name, 0) | role
        self.roles[stem] = self.roles.get(stem, 0) | role

    @property
    def question(self) -> object:
        """What files are asked: those with the same bytes give the same answer to the same question."""
        named = ((stem, name, role) for stem, names in self.by_stem.items() for name, role in names.items())
        return frozenset(named), self.asked

    def concerns(self, data: bytes) -> bool:
        """Return whether a file with these bytes is looked at, or would have been."""
        wanted = self.wants(data)
        return wanted is Wanted.YES or (self.is_whole and wanted is Wanted.CARRIES)

    def wants(self, data: bytes, seen: dict[bytes, Said] | None = None) -> Wanted:
        """Return whether a file with these bytes calls what makes it worth looking at.

        `seen` keeps what import statements say, for most of them stand in more than one file.
        """
        seen = {} if seen is None else seen
        role, stems, starred = 0, _NONE, _NONE
        for statement in import_statements(data):
            said = seen.get(statement)
            if said is None:
                said = seen[statement] = self._said_by(statement)
            role |= said[0]
            if said[1]:
                stems |= said[1]
            if said[2]:
                starred |= said[2]
        if not _is_wanted(role):
            for sign, stem in [*((b".", stem) for stem in stems), *((b"", stem) for stem in starred)]:
                role |= reduce(
                    or_, (kind for name, kind in self.by_stem[stem].items() if sign + name in data), 0
                )
        if _is_wanted(role) or (
            role & Role.REGISTERS.value != 0 and not self.asked.isdisjoint(_DEFINED.findall(data))
        ):
            return Wanted.YES
        handed_on = reduce(or_, (self.roles[stem] for stem in starred), role)
        return Wanted.CARRIES if handed_on & _MEETING else Wanted.NO

    def _said_by(self, statement: bytes) -> Said:
        start, _, rest = statement.partition(b"import")
        origin, imported = words(start), words(rest)
        starred = self.roles.keys() & origin if rest.strip() == b"*" else _NONE
        return self._imported(origin, imported), frozenset(self.roles.keys() & imported), frozenset(starred)

    def _imported(self, origin: frozenset[bytes], imported: frozenset[bytes]) -> int:
        return reduce(or_, (self._role(stem, imported) for stem in self.roles.keys() & origin), 0)

    def _role(self, stem: bytes, names: frozenset[bytes]) -> int:
        known = self.by_stem[stem]
        return reduce(or_, (known[name] for name in known.keys() & names), 0)


def _is_wanted(role: int) -> bool:
    is_meeting = role & _MEETING == _MEETING
    return is_meeting or role & Role.TAKES_HOOK.value != 0
