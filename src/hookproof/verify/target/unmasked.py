"""Runs a program past the statements that end it before the finding: what it shows then is the finding's.

It can show a finding and refute none, for what is passed over may be what the program is about.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any, Callable, Iterator

from . import imports, masks
from .masks import Mask
from .outcome import REDUCED, THE_PROGRAM, InconclusiveError, in_fork
from .program import Program
from .uses import of_modules
from .witness import Witness

if TYPE_CHECKING:
    from .bench import Bench

Ask = Callable[["Bench", Program], "dict[str, Any]"]

_MAXIMAL_MASKS = 12
_SHARE = 3  # the part of a round's time in which another statement is looked for


class NotShownError(InconclusiveError):
    """A program that does not show the finding past these statements either."""

    def __init__(self, reason: str, found: list[Mask]) -> None:
        super().__init__(reason)
        self.masks = found


def trials(
    bench: Bench, found: list[Program], undecided: list[dict[str, Any]], ask: Ask
) -> Iterator[tuple[Program, Callable[[], dict[str, Any] | None]]]:
    """Yield how programs that ended early go on past what ended them."""
    said = {attempt["name"]: attempt for attempt in reversed(undecided)}
    for program in found:
        told = said.get(program.name, {}) if program.shown_by == THE_PROGRAM else {}
        go_on = functools.partial(run, bench, program, ask)
        yield program._replace(shown_by=REDUCED), go_on if told.get("can_go_on") else lambda: None


def passed_over(undecided: list[dict[str, Any]]) -> list[list[Any]]:
    """Return the statements past which a program was run, though it did not show the finding there."""
    return next((a["masks"] for a in undecided if a.get("masks")), [])


def is_past(attempt: dict[str, Any], undecided: list[dict[str, Any]]) -> bool:
    """Tell whether torch, or what was passed over since, ended a program, and no check of its own did."""
    return bool(attempt.get("masking") or passed_over(undecided))


def run(bench: Bench, program: Program, ask: Ask) -> dict[str, Any]:
    """Return what `ask` says of a program that goes past what ends it; raises where that is nothing.

    What holds for likely is not shown where a condition asks for what was to come of those statements.
    """
    found = _found(bench, program, ask)
    masks.put_aside(found)
    if not found:
        raise NotShownError("{} cannot go past what ends it".format(program.name), found)
    try:
        answer = ask(bench, program)
    except InconclusiveError as error:
        raise NotShownError(str(error), found) from error
    is_shown = answer.get("matched") or answer.get("eager") != answer.get("torchscript")
    if "kept" not in answer and not is_shown:
        raise NotShownError("{} does not show it".format(program.name), found)
    if not bench.experiment["is_certain"] and masks.decide(bench.experiment, found):
        reason = "{} decides by what failed whether it comes to it".format(program.name)
        raise NotShownError(reason, [])
    bench.tell(list(map(str, found)))
    return dict(answer, shown_by=REDUCED)


def _found(bench: Bench, program: Program, ask: Ask) -> list[Mask]:
    found: list[Mask] = []
    ends = time.monotonic() + float(bench.experiment.get("timeout") or 0) / _SHARE
    while len(found) < _MAXIMAL_MASKS and time.monotonic() < ends:
        following = in_fork(lambda: _next(bench, program, ask, found))["mask"]
        if following is None:
            break
        found.append(Mask(*following))
    return found


def _next(bench: Bench, program: Program, ask: Ask, found: list[Mask]) -> dict[str, Any]:
    """Return the statement at which the program ends past those that were found so far."""
    masks.put_aside(found)
    raised: list[BaseException] = []

    def watched() -> Any:
        try:
            return program.run()
        except BaseException as error:
            raised.append(error)
            raise

    witness = Witness(keep=True, counts=False)
    try:
        if bench.experiment["outcome"] != "silent":
            if ask(bench, program._replace(run=watched)).get("matched"):
                return {"mask": None}
        else:
            with witness:
                watched()
    except MemoryError:
        raise
    except BaseException:
        pass
    place = (bench.experiment.get("entry_path"), bench.experiment.get("entry_line"))
    if any(entry.has_passed(place) for entry in of_modules(witness.entries)):
        return {"mask": None}  # what comes after may be what sees, or does not see, that something is lost
    error = raised[-1] if raised else None
    if isinstance(error, InconclusiveError):  # an import that failed
        error = error.__cause__
    mask = None if error is None else masks.mask_of(bench.experiment, error)
    if error is None or mask is None:
        return {"mask": None}
    return {"mask": list(mask._replace(said=mask.said + imports.advice_on(error)))}
