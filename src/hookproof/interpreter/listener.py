"""What the interpreter tells the worlds, which decide what becomes of hooks in them."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from hookproof.interpreter.domain import Values
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Changes, Progress
from hookproof.interpreter.values import LiveHook, ScriptValue
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.worlds.world import EntryPoint, World

ASSIGNING = "load_state_dict(assign=True)"
"""What listeners hear of a module that is given other tensors as its parameters, as a method that is used."""


class Entering(Struct, frozen=True):
    """A call of an entry point of a world, or of what is done later to what that gave.

    `given` is what stands where the module does, nothing where the call takes none.
    """

    world: World
    point: EntryPoint
    given: Values
    args: tuple[Values, ...]
    keywords: dict[str, Values]
    call: ir.Call
    location: Location

    def argument(self, position: int, keyword: str) -> Values:
        """Return what is given at a position or under a name, nothing where it is neither."""
        return self.args[position] if len(self.args) > position else self.keywords.get(keyword, ())


class Listener(Changes, Protocol):
    """Hears what a program does with modules and their hooks, those that left eager mode among them."""

    @property
    def progress(self) -> Progress:
        """Where the interpretation stands that is listened to."""

    def registered(self, live: LiveHook, *, is_unbound: bool = False) -> None:
        """Hear of a hook that is put on a module, on every module, or on what an entry point returned.

        `is_unbound` says that it was registered as `nn.Module.register_forward_hook(module, hook)`.
        """

    def misnamed(self, live: LiveHook, test: Location) -> None:
        """Hear of a hook that is not registered, for no module has the name that a test asks for."""

    def passed_over(self, live: LiveHook, test: Location, script: ScriptValue) -> None:
        """Hear of a hook that is not registered, for a script module fails a test for the class it had."""

    def entered(self, entering: Entering) -> Values | None:
        """Hear of a module that is given to an entry point; return what comes back.

        None where that is what the interpreter takes the call to give anyway.
        """

    def declared(self, location: Location) -> ObjectValue | ScriptValue | None:
        """Hear of a value that is annotated as what left eager mode; return it, None if unknown."""

    def called(self, module: ObjectValue | ScriptValue, call: ir.Call, location: Location) -> None:
        """Hear of the call of a module, or of what an entry point returned."""

    def used(
        self, module: ObjectValue | ScriptValue, name: str, location: Location, given: Values = ()
    ) -> None:
        """Hear of an attribute that is read, or of a method that is called with `given` as first argument."""

    def escaped(self, value: ObjectValue | ScriptValue, location: Location) -> None:
        """Hear of a module that is handed to code that is not followed, or returned."""
