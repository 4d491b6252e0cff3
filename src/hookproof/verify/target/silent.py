"""Judges silent findings by programs: what hooks do in eager mode and no longer do in another world."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .comparison import Comparison, answer_of
from .outcome import THE_PROGRAM, InconclusiveError, NotReachedError
from .program import Program
from .reach import Reach
from .sides import Sides
from .twins import Difference
from .witness import Place, Witness

if TYPE_CHECKING:
    from .bench import Bench

_LEFT_OUT = "the program's other hooks were left out"


def run(bench: Bench, program: Program) -> dict[str, Any]:
    """Run `program` and return what differs. Raises `NotReachedError` where it misses the finding.

    What hooks keep is seen by nobody unless it is read: where only that differs, `kept` is returned, which
    the experiment has in the next round, when the program itself decides.
    """
    kept = bench.experiment.get("kept")
    if kept is None:
        return Comparison(bench, program).answer()
    return answer_of(program, _seen_by(bench, program, kept))


def run_alone(bench: Bench, program: Program, is_plain: bool) -> dict[str, Any]:
    """Run a program that another error masks without the hooks that the finding is not about.

    `is_plain` puts one that prints in place of the finding's own. This can show the finding, not refute it.
    """
    answer = Comparison(bench, program, is_alone=True, is_plain=is_plain).answer()
    if "kept" in answer:
        changes = [Difference(*change) for change in answer["kept"]["changes"]]
        answer = answer_of(program, next((c for c in changes if not c.is_consumed), None))
    if answer["eager"] == answer["torchscript"]:
        raise InconclusiveError("{} does not show it".format(program.name))
    bench.tell(["the program's hooks were replaced by plain ones" if is_plain else _LEFT_OUT])
    return answer


def _seen_by(bench: Bench, program: Program, kept: dict[str, Any]) -> Difference:
    """Return what the program sees of what hooks keep in one world only, or what it leaves for others to see.

    What it reads itself is lost only where it comes to something else; a call that it never makes counts only
    where it hands out what can be called. Once the time to ask the program `is_spent`, all that lasts counts.
    """
    changes = [Difference(*change) for change in kept["changes"]]
    lasting = [change for change in changes if not change.is_consumed]
    unseen = Difference("what the program sees of {}".format(changes[0].kept), "the same", "the same")
    if program.shown_by != THE_PROGRAM or kept.get("is_spent"):
        return [*lasting, unseen][0]
    chains = {tuple((path, line) for path, line in chain) for chain in kept["chains"]}
    names = tuple(dict.fromkeys(change.kept for change in changes))
    skips_all = bench.setup["observes"] == "forward"  # whatever hooks there are

    def is_own(chain: tuple[Place, ...]) -> bool:
        return skips_all or tuple(place.at for place in chain) in chains

    sides = Sides(bench, program, is_own, names)
    try:
        found = sides.compare()
    except InconclusiveError:  # no eager model goes through it
        unread = [c for c in lasting if kept["is_handed_out"] or not sides.reads(c.kept)]
        if lasting and not unread:
            raise
        return [*unread, unseen][0]
    if found is not None:
        return found
    for change in lasting:
        is_left = kept["is_later"] or sides.leaves(change.kept)
        if kept["is_handed_out"] or (is_left and not sides.reads(change.kept)):
            return change
    return unseen


def compare_made(bench: Bench, program: Program, hook: Any) -> Difference:
    """Run a program that was made for one hook, and return what differs, or that nothing does."""
    answer = Comparison(bench, program, hook=hook).answer()
    if "kept" in answer:
        return _seen_by(bench, program, answer["kept"])
    return Difference(answer["what"], answer["eager"], answer["torchscript"])


def passed_by(bench: Bench, program: Program, reason: str) -> dict[str, Any]:
    """Return what a program that ends without an error says against the finding: it goes past it.

    Raises `NotReachedError` for `reason` where it does not.
    """
    witness = Witness(keep=True, counts=False)
    reach = Reach(bench.experiment, witness)
    witness.start()
    reach.start()
    try:
        program.run()
    except InconclusiveError:
        raise
    except BaseException as error:
        raise NotReachedError(reason, is_cut_short=True) from error
    finally:
        sys.settrace(None)
    leads_there = bool(bench.experiment.get("entry_path")) or bool(witness.entries)
    depends = reach.depends_on_surroundings(program.path, program.function)
    passed = reach.passed_by() if leads_there and not depends and not program.missing else None
    if passed is None:
        raise NotReachedError(reason)
    return dict(answer_of(program, None), against="it goes past {} on line {}".format(*passed))
