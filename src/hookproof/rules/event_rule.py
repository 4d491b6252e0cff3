"""What the rules about fates have in common: one event, one finding, one message."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from hookproof.finding import Finding, Prediction
from hookproof.rules.experiment import Program
from hookproof.rules.rule import Rule
from hookproof.worlds.outcome import Outcome


class EventRule(Rule):
    """A rule about one life-cycle event; its finding stands where the outcome says, or at the registration.

    `variants` are events that are the same to a reader, though torch says something else.
    """

    asks = "fate"
    experiment = Program()
    event: ClassVar[str]
    variants: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def message(self, outcome: Outcome) -> str:
        """Return what happens to the hook and what to do."""

    def applies(self, outcome: Outcome) -> bool:
        """Return whether the event does harm in this case."""
        return True

    def prediction_for(self, outcome: Outcome) -> Prediction | None:
        """Return what torch says in this case where that differs from what it says for the rule."""
        return None

    def refused_for(self, outcome: Outcome) -> str | None:
        """Return what a torch has to refuse for the finding to hold, by its name among the facts."""
        return None

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding where `outcome` is this rule's event."""
        is_met = outcome.event is not None and outcome.event in (self.event, *self.variants)
        if is_met and self.applies(outcome):
            location = outcome.location or outcome.registration.location
            yield self.finding(
                outcome,
                location,
                self.message(outcome),
                prediction=self.prediction_for(outcome),
                refused=self.refused_for(outcome),
            )


def hook_name(outcome: Outcome) -> str:
    """Return the hook as a message names it: `` `record` ``, or "the hook" where it has no name."""
    name = outcome.hook.reference.name if outcome.hook else "<unknown>"
    return "the hook" if name.startswith("<") else f"`{name}`"


def entry_name(outcome: Outcome) -> str:
    """Return the entry point as a message names it, `torch.jit.script` where none is known."""
    return f"`{outcome.entry.api}`" if outcome.entry else "`torch.jit.script`"
