"""Literals that the parameters of a constructor are given, which decide what it does."""

from __future__ import annotations

from collections.abc import Mapping

from hookproof.syntax import ir

Given = Mapping[str, ir.Constant]

# The kinds of literals that are followed into a constructor.
KINDS = frozenset({"bool", "float", "int", "None", "str"})
