"""Which files call into the files with hooks: the test that triage's dismissed files are put to."""

from __future__ import annotations

import re
from enum import Flag

from msgspec import Struct

from hookproof.source.imports import import_statements

_CALLED = re.compile(rb"\.([\w\x80-\xff]+)\(")


class Role(Flag):
    """What happens in a block, or in what it calls.

    A block that only takes off what a utility of torch has installed (`REMOVES`) is entered from others; by
    itself it breaks nothing.
    """

    NONE = 0
    REGISTERS = 1
    ENTERS = 2
    TAKES_HOOK = 4
    REMOVES = 8

    @property
    def is_meeting(self) -> bool:
        """Whether a hook and an entry point may come together here."""
        return Role.REGISTERS in self and Role.ENTERS in self


class Callers(Struct, frozen=True, array_like=True):
    """The names that wrap registrations and entry points: file's last name -> name -> role.

    A file that imports a wrapper of a registration, or a hook and an entry point, is worth looking at.
    """

    by_stem: dict[bytes, dict[bytes, int]]

    def includes(self, data: bytes) -> bool:
        """Return whether a file with these bytes calls what makes it worth looking at."""
        role, called = 0, None
        for words in import_statements(data):
            for stem in self.by_stem.keys() & words:
                if called is None:
                    called = frozenset(_CALLED.findall(data))
                names = self.by_stem[stem]
                for name in names.keys() & (words | called):
                    role |= names[name]
        found = Role(role)
        return found.is_meeting or Role.TAKES_HOOK in found
