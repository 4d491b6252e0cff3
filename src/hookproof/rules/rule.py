"""What every rule is: metadata that documentation is made from, and one method that judges an outcome."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal, TypeAlias

from hookproof.finding import Evidence, Finding, Fix, OutcomeKind, Prediction, Severity, WorldName
from hookproof.outcomes.uses import is_cut_short
from hookproof.rules.experiment import Asks, Program, ReducedHook
from hookproof.semantic.location import Location
from hookproof.worlds.outcome import Outcome

Fixable: TypeAlias = Literal["always", "sometimes", "never"]

_GOES_ON = "catches the error, and the program continues"


class Rule(ABC):
    """One cause for which a hook does not survive TorchScript.

    Subclasses are found by file (`rules/hkpNNN_name.py`, one class each). Their docstring, under the
    headings What it does / Why it breaks / Example / Use instead / What torch says, is the rule's only
    documentation. `asks` is the question it answers: what becomes of the hook, whether the callable can be
    compiled, what a use of the module comes to, or what else the body does; `experiment` how that question
    is checked against torch. `stage` is the position in torch's own order of complaint (see `STAGES`).
    `is_structural` says that a callable of this form can never be a compiled hook, whatever its body;
    `is_annotation_only` that only annotations are missing. `fixable` says which findings have a fix.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    summary: ClassVar[str]
    severity: ClassVar[Severity] = "error"
    worlds: ClassVar[frozenset[WorldName]]
    outcome: ClassVar[OutcomeKind] = "raises"
    asks: ClassVar[Asks]
    experiment: ClassVar[Program | ReducedHook]
    prediction: ClassVar[Prediction | None] = None
    stage: ClassVar[int] = 0
    is_structural: ClassVar[bool] = False
    is_annotation_only: ClassVar[bool] = False
    fixable: ClassVar[Fixable] = "never"
    since: ClassVar[str | None] = None
    until: ClassVar[str | None] = None

    @abstractmethod
    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield a finding for each place in `outcome` where this rule's cause holds."""

    def finding(
        self,
        outcome: Outcome,
        location: Location,
        message: str,
        *,
        attribute: str | None = None,
        evidence: Iterable[Evidence] = (),
        prediction: Prediction | None = None,
        fix: Fix | None = None,
        expression: str | None = None,
        stage: int | None = None,
        is_guess: bool = False,
        refused: str | None = None,
    ) -> Finding:
        """Return the finding of this rule at `location`, with the outcome's own evidence after `evidence`.

        `prediction` replaces the rule's where the message torch will give is known more exactly, `stage`
        the rule's where torch comes upon this cause earlier or later; `is_guess` says that the finding
        depends on more than the outcome; `refused` is what a torch has to refuse for it to hold, by its name
        among the facts (`Facts.refuses`);
        `attribute` is spelled as in the hook (`m.cache`).
        """
        line, column, end_line, end_column = location.range
        confidence = "possible" if is_guess else outcome.confidence
        if (
            confidence == "certain"
            and outcome.event is None
            and is_cut_short(outcome)
            and outcome.hook is not None
        ):
            confidence = "likely"
            evidence = (
                *evidence,
                outcome.hook.definition.evidence("does too much to be followed to its end"),
            )
        prediction = prediction or self.prediction
        caught = outcome.caught if self.outcome == "raises" and prediction is not None else ()
        for catch in caught:
            if prediction is not None and catch.catches(prediction.exception):
                confidence = "likely" if confidence == "certain" else confidence
                evidence = (*evidence, catch.location.evidence(_GOES_ON))
                break
        return Finding(
            path=location.path,
            line=line,
            column=column,
            code=self.code,
            message=message,
            rule=self.name,
            severity="warning" if confidence == "possible" else self.severity,
            confidence=confidence,
            world=outcome.world,
            outcome=self.outcome,
            end_line=end_line,
            end_column=end_column,
            hook=outcome.hook.reference if outcome.hook else None,
            module_class=outcome.module_class.qualname if outcome.module_class else None,
            attribute=attribute,
            evidence=(*evidence, *outcome.evidence),
            fix=fix,
            prediction=prediction,
            subject=outcome.subject(expression),
            stage=self.stage if stage is None else stage,
            refused=refused,
        )


# The order in which torch complains about a compiled hook, measured on 2.13.0: it reports the first only.
STAGES: dict[str, int] = {
    "name": 1,
    "source": 2,
    "collision": 3,
    "annotations": 4,
    "forward": 5,
    "parameter count": 6,
    "input": 7,
    "return": 8,
    "body": 9,
}
