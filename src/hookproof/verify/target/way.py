"""The ways in which a program is run to be compared with itself."""

from __future__ import annotations

from typing import NamedTuple


class Way(NamedTuple):
    """One way to run the program: what entry points give, and what becomes of the finding's hooks."""

    is_again: bool = False  # the same once more
    is_eager: bool = False  # entry points give the eager module
    never_leaves: bool = False  # nor is anything scripted or traced meanwhile
    is_copied: bool = False  # or rather a copy of it, with attributes of its own
    are_left_out: bool = False  # the hooks are not registered
    also: tuple[tuple[str, int], ...] = ()  # nor are those registered at these places
    undone: str = ""  # what each call of a hook leaves under this name is put back
    lost: str = ""  # what a call of what entry points gave leaves there is
    is_called: bool = False  # the module itself is called where the finding says that its `forward` is
