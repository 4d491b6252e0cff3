"""One module that was copied or pickled: with its hooks, and what the program did to it and to the copy."""

from __future__ import annotations

from msgspec import Struct, field

from hookproof.evaluator.errors import Catch
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.state import State
from hookproof.interpreter.values import LiveHook
from hookproof.syntax import ir


def is_given(value: ObjectValue) -> bool:
    """Return whether a value is what some method of an object gave, and so no part of it: a state dict."""
    return "(" in value.name


class Copied(Struct, eq=False):
    """What was copied, the copy of it, and what holds that (`around`).

    `hooks` are those that it had, each with whether it surely had it; `gone` those taken off before, `left`
    those on parameters; `calls`
    is how many calls of modules there had been, `state` how things stood.
    """

    world: str
    entry: Entry
    source: ObjectValue
    result: ObjectValue | None
    around: ObjectValue | None = None
    order: int = 0
    is_plain: bool = True
    caught: tuple[Catch, ...] = ()
    hooks: list[tuple[LiveHook, bool]] = field(default_factory=list)
    gone: list[LiveHook] = field(default_factory=list)
    left: list[LiveHook] = field(default_factory=list)
    calls: int = 0
    state: State | None = None
    uses: list[Moment] = field(default_factory=list)
    calls_of_copy: list[ir.Call] = field(default_factory=list)

    @property
    def world_done(self) -> str:
        """What was done to it."""
        return "copied" if self.world == "copy" else "pickled"

    def is_of(self, module: ObjectValue, state: State) -> bool:
        """Whether a module is the copy, a part of it, or one that it is in."""
        if is_given(module):
            return False
        held = [each for each in (self.result, self.around) if each is not None]
        return any(state.contains(each, module) or state.contains(module, each) for each in held)
