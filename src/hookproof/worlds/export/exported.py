"""One module that was exported: the hooks that it had, and what was done with the result."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct, field

from hookproof.evaluator.errors import Catch
from hookproof.interpreter.instances.live_hooks import loop_element
from hookproof.interpreter.instances.narrowing import fits, holds
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.objects import ALL_MODULES, CHILDREN, ObjectValue, is_step
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.state import State
from hookproof.interpreter.values import LiveHook
from hookproof.semantic.location import Location
from hookproof.syntax import ir

Event: TypeAlias = Literal[
    "runs once while exporting",
    "keeps a fake tensor",
    "asks for a number while exporting",
    "asks for an array while exporting",
    "branches while exporting strictly",
    "compares a number while exporting strictly",
    "dropped by export",
    "refused by strict export",
    "registered after export",
    "registered on an exported child",
    "registered on a module made for it",
    "registered on an exported program",
    "removed after export",
    "branches while exporting to onnx",
    "formats a number while exporting",
    "asks what strict export does not read",
    "reads what only the source has",
    "assigns a buffer while exporting",
]

_TELLS_BUFFERS = frozenset({"state_dict", "buffers", "named_buffers"})
EXCHANGES = _TELLS_BUFFERS | {"load_state_dict"}
"""The methods by which all that a module holds is asked for, or replaced."""

_MODULE = "module()"  # the method of an exported program that makes a module of it
_WITH_PARTS = "unflatten()"  # the function that makes one whose parts are called


class Exported(Struct, eq=False):
    """One export, and what the program does with what came of it; `at` is when it was.

    It `is_used_again` where one of its uses is in a loop. Where it `is_onnx` a file came of it, or a program
    that is no module.
    """

    entry: Entry
    source: ObjectValue
    result: ObjectValue
    is_strict: bool | None
    was_called: bool
    caught: tuple[Catch, ...]
    at: int
    is_onnx: bool = False
    hooks: list[tuple[LiveHook, bool]] = field(default_factory=list)
    late: list[tuple[LiveHook, Event]] = field(default_factory=list)
    uses: list[tuple[int, Moment]] = field(default_factory=list)
    is_used_again: bool = False
    exchanged: list[tuple[int, str]] = field(default_factory=list)
    on_result: set[Location] = field(default_factory=set)
    own: list[LiveHook] = field(default_factory=list)

    @property
    def is_called_once(self) -> bool:
        """Whether it is called just once: as often as a hook ran while it was exported."""
        is_run = self.is_strict is False and not self.is_onnx
        return is_run and [moment.kind for moment in self.moments()] == ["called"] and not self.is_used_again

    def moments(self, since: int = 0, until: int | None = None) -> list[Moment]:
        """Return the uses of the exported module that came later, and before the end."""
        return [moment for order, moment in self.uses if order >= since and (until is None or order < until)]

    def has_exchanged(self, name: str, since: int, until: int | None) -> bool:
        """Whether its state dict was asked for, or loaded, later than that and before the end."""
        return any(
            each == name and order >= since and (until is None or order < until)
            for order, each in self.exchanged
        )

    @property
    def has_told_buffers(self) -> bool:
        """Whether the exported module was asked for its buffers after a call, whoever reads which of them."""
        called = min((order for order, _ in self.uses), default=None)
        return called is not None and any(
            order > called and name in _TELLS_BUFFERS for order, name in self.exchanged
        )

    def has_made(self, value: ObjectValue) -> bool:
        """Whether a value is a module that the exported program gave, or a part of one."""
        each: ObjectValue | None = value
        while each is not None and each.parent is not None:
            if each.name.startswith((_MODULE, _WITH_PARTS)) and each.parent.is_within(self.result):
                return True
            each = each.parent
        return False

    def has_parts(self, value: ObjectValue) -> bool:
        """Whether a value is a module that was unflattened, or a part of one."""
        each: ObjectValue | None = value
        while each is not None and not each.name.startswith(_WITH_PARTS):
            each = each.parent
        return each is not None

    def is_root(self, value: ObjectValue) -> bool:
        """Whether a value is such a module itself, no part of it."""
        return value.parent is not None and self.has_made(value) and not self.has_made(value.parent)


def stands_for_parts(value: ObjectValue, source: ObjectValue, state: State, order: int) -> bool:
    """Whether a value of an exported module is a part of it, or each part that a loop comes upon.

    Where the loop asks for a class, the `source` has parts of that class, and the exported module none.
    """
    if is_step(value):
        return True
    if value.form != "loop" or loop_element(value).name not in {ALL_MODULES, CHILDREN}:
        return False
    if not value.narrowed:
        return True
    cls = source.module_class
    return cls is not None and not fits(cls, value) and holds(state, source, value, order) is True


def is_made_for(live: LiveHook) -> bool:
    """Whether a hook is put on what `module()` gives there, which nobody has: each call makes another."""
    match live.registration.call:
        case ir.Call(func=ir.Attribute(value=ir.Call(func=ir.Attribute(attr="module")))):
            return True
    return False
