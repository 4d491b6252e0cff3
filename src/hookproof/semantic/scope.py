"""Scopes: where the free names of a function are looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from hookproof.syntax import ir
    from hookproof.syntax.source_file import SourceFile


class Scope(Struct, frozen=True):
    """Where a function's free names are looked up: its file and the functions around it, innermost last."""

    file: SourceFile
    functions: tuple[ir.Function, ...] = ()
