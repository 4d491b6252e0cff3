"""What the interpreter tells the worlds, which decide what becomes of hooks in them."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.values import How, LiveHook, ScriptValue, Values
from hookproof.semantic.place import Place
from hookproof.syntax import ir

MomentKind: TypeAlias = Literal["called", "given", "saved"]


class Listener(Protocol):
    """Hears of registrations, of entry points and of what is done to modules that left eager mode."""

    @property
    def progress(self) -> Progress:
        """Where the interpretation stands that is listened to."""

    def registered(self, receiver: ObjectValue, live: LiveHook) -> None:
        """Hear of a hook that is put on a module, which no test keeps ScriptModules from being."""

    def registered_on_script(self, receiver: ScriptValue, live: LiveHook, *, is_unbound: bool) -> None:
        """Hear of a hook that is put on what an entry point returned."""

    def script(self, module: ObjectValue, api: str, call: ir.Call, place: Place) -> ScriptValue:
        """Carry out `torch.jit.script(module)`."""

    def trace(self, module: ObjectValue, api: str, call: ir.Call, place: Place) -> ScriptValue:
        """Carry out `torch.jit.trace(module, …)`."""

    def freeze(self, copy: ScriptValue, api: str, call: ir.Call, place: Place) -> ScriptValue:
        """Carry out `torch.jit.freeze` or `optimize_for_inference`."""

    def load(
        self, api: str, call: ir.Call | None, place: Place, how: How = "load", file: Values = ()
    ) -> ScriptValue:
        """Carry out `torch.jit.load` of `file`, or take in a value annotated as a ScriptModule."""

    def save(self, copy: ScriptValue, file: Values, place: Place) -> None:
        """Carry out `torch.jit.save(copy, file)`."""

    def use(
        self, copy: ScriptValue, call: ir.Call | None, place: Place, kind: MomentKind | None = None
    ) -> None:
        """Carry out a call or a handing out of a script or traced module."""

    def exchange_state(self, copy: ScriptValue, place: Place) -> None:
        """Carry out `state_dict` or `load_state_dict` of a scripted module."""

    def call_module(self, module: ObjectValue, place: Place) -> None:
        """Carry out the call of an eager module."""

    def call_forward(self, copy: ScriptValue, place: Place) -> None:
        """Carry out `scripted.forward(…)`."""

    def read_after_scripting(self, module: ObjectValue, name: str, place: Place) -> None:
        """Carry out a read of an attribute of an eager module."""
