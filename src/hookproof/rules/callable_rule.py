"""What the HKP2xx rules have in common: they ask whether a callable can be compiled as a hook."""

from __future__ import annotations

from typing import ClassVar

from hookproof.rules.experiment import Asks, Program, ReducedHook
from hookproof.rules.rule import Rule


class CallableRule(Rule):
    """A rule about a hook that `torch.jit.script` meets on a module, whatever it does to that module."""

    worlds = frozenset({"compiled"})
    asks: ClassVar[Asks] = "callable"
    experiment: ClassVar[Program | ReducedHook] = ReducedHook()
