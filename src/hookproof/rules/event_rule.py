"""What the rules about fates have in common: one event, one finding, one message."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from hookproof.finding import Finding, Prediction
from hookproof.rules.experiment import Program
from hookproof.rules.rule import Rule
from hookproof.worlds.case import Case


class EventRule(Rule):
    """A rule about one life-cycle event; its finding stands where the case says, or at the registration.

    `variant` is an event that is the same to a reader, though torch says something else.
    """

    asks = "fate"
    experiment = Program()
    event: ClassVar[str]
    variant: ClassVar[str | None] = None

    @abstractmethod
    def message(self, case: Case) -> str:
        """Return what happens to the hook and what to do."""

    def applies(self, case: Case) -> bool:
        """Tell whether the event does harm in this case."""
        return True

    def prediction_for(self, case: Case) -> Prediction | None:
        """Return what torch says in this case where that differs from what it says for the rule."""
        return None

    def check(self, case: Case) -> Iterator[Finding]:
        """Yield the finding where `case` is this rule's event."""
        is_met = case.event is not None and case.event in (self.event, self.variant)
        if is_met and self.applies(case):
            place = case.place or case.registration.place
            yield self.finding(case, place, self.message(case), prediction=self.prediction_for(case))


def hook_name(case: Case) -> str:
    """Return the hook as a message names it: `` `record` ``, or "the hook" where it has no name."""
    name = case.hook.reference.name if case.hook else "<unknown>"
    return "the hook" if name.startswith("<") else f"`{name}`"


def entry_name(case: Case) -> str:
    """Return the entry point as a message names it, `torch.jit.script` where none is known."""
    return f"`{case.entry.api}`" if case.entry else "`torch.jit.script`"
