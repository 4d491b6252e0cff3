"""Sites: where a hook is registered, and where eager mode is left."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct, field

from hookproof.interpreter.asked import Asked
from hookproof.semantic.location import Location
from hookproof.syntax import ir

ReceiverForm: TypeAlias = Literal[
    "parameter",
    "loop",
    "apply",
    "self",
    "attribute",
    "local",
    "global",
    "subscript",
    "call",
    "none",
]


class Registration(Struct, frozen=True):
    """One registration site met once on one receiver.

    `options` holds the keyword arguments by name (`with_kwargs`, `prepend`, `always_call`), as written;
    `function` is the function it stands in, None at the level of the file; `gives` are the attributes that a
    utility puts on the module along with its hook.
    """

    api: str
    location: Location
    call: ir.Call | None = None
    receiver: ReceiverForm = "local"
    options: dict[str, ir.Expr] = field(default_factory=dict)
    guarded: bool = False
    function: ir.Function | None = None
    gives: frozenset[str] = frozenset()

    @property
    def is_pre(self) -> bool:
        """Whether the hook runs before forward."""
        return self.api.endswith("forward_pre_hook")

    @property
    def is_forward(self) -> bool:
        """Whether the hook is a forward or forward-pre hook: the only kinds `torch.jit.script` compiles."""
        return self.api.endswith(("forward_hook", "forward_pre_hook")) and "module_" not in self.api


class Entry(Struct, frozen=True):
    """An entry point: where eager mode is left (`torch.jit.script`, …), perhaps under a condition.

    `assumed` is the outcome of the conditions.
    """

    api: str
    location: Location
    call: ir.Call | None = None
    is_conditional: bool = False
    assumed: tuple[Asked, ...] = ()
