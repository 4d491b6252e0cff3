"""One thing that a call of a hook leaves behind."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from hookproof.semantic.names import Node

Kind: TypeAlias = Literal["result", "says", "keeps", "adds", "changes"]


class Effect(Struct, frozen=True):
    """One thing that a hook leaves behind; `is_sure` unless a condition that is not understood decides.

    `node` is where a value is kept: the variable or attribute that is bound anew, or that holds the container
    which is changed (`is_inside`). An effect `adds` where what was there before stays part of it. One that is
    `in_place` changes the numbers of a tensor, where it is one. What is kept `of_tensor` is one that the hook
    was handed, or made of one; it is `in_graph` where it is what the hook is handed last, the output, with
    the graph that leads to it. `owner` is the name in the hook by which an attribute's object is reached,
    `part` the attribute of that which lies between: `rec` of `self.rec.last = output`.
    """

    kind: Kind
    is_sure: bool = True
    node: Node | None = None
    is_inside: bool = False
    on_module: bool = False
    in_place: bool = False
    of_tensor: bool = False
    in_graph: bool = False
    owner: str | None = None
    part: str | None = None
