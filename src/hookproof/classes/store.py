"""Stores: each is one thing done to an attribute of an instance."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from hookproof.semantic.location import Location
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

How: TypeAlias = Literal["set", "buffer", "parameter", "module", "change", "member", "delete"]


class Store(Struct, frozen=True):
    """One thing done to attribute `name` of self.

    `member` is the attribute of the attribute that is set (`self.name.member = …`), `*` for any.
    """

    name: str
    how: How
    location: Location
    scope: Scope
    self_name: str
    owner: str
    value: ir.Expr | None = None
    annotation: ir.Expr | None = None
    is_conditional: bool = False
    member: str = ""
