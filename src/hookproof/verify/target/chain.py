"""Runs what the project has that reaches a finding, one program after another, before anything is rebuilt."""

from __future__ import annotations

import collections
import functools
import itertools
import sys
from typing import TYPE_CHECKING, Any, Callable, Iterator

from . import command_line, imports, masks, programs, rebuilt, silent, unmasked
from .beside import Beside
from .handled import is_caught, is_expected
from .installed import torch
from .outcome import REDUCED, STAND_IN, THE_PROGRAM, InconclusiveError, NotReachedError, describe, one_line
from .plain_hooks import plain_hook
from .program import Program
from .reach import Reach
from .refutation import Refutation, names_another
from .uses import of_modules
from .witness import Answer, Entry, Interceptor, Place, Registration, Witness
from .witness.hooked_modules import parts, put_in_place, tables_of

if TYPE_CHECKING:
    from .bench import Bench

# Worlds of which more is watched where they are asked about: entry points, and hooks on parameters.
_OF_COPIES = ("copied", "pickled", "replaced")
_MAXIMAL_PROGRAMS = 6
_MAXIMAL_BEFORE_REDUCTION = 3


class _Raised(BaseException):
    """Ends a program once the predicted error was raised, unless it catches everything."""


def ask(bench: Bench, reduce: Callable[[Bench], dict[str, Any]] | None) -> dict[str, Any]:
    """Run one program that reaches the finding; while undecided, ask for another round, in a new process.

    `reduce` is the experiment of a finding that is about more than its program: it has the last word.
    """
    number = bench.experiment.get("round", 0)
    undecided: list[dict[str, Any]] = list(bench.experiment.get("undecided", ()))
    attempt: dict[str, Any] | None = None
    for program, trial in itertools.islice(_trials(bench, reduce is None, undecided), number, None):
        try:
            attempt = trial()
        except InconclusiveError as error:
            is_own = program.shown_by == THE_PROGRAM
            ran = is_own and (isinstance(error, NotReachedError) or str(error).startswith("masked by"))
            needs_arguments = getattr(error, "needs_arguments", False)  # some are made up for it next
            is_cut_short = not isinstance(error, NotReachedError) or error.is_cut_short
            is_open = program.missing == 0 and is_cut_short and not needs_arguments
            is_missed = isinstance(error, NotReachedError) and not error.is_cut_short
            said = {"name": program.name, "reason": str(error), "masking": error.cause}
            told = dict(said, is_made_up=program.is_made_up, passed=getattr(error, "passed", ""))
            told["needs_arguments"] = needs_arguments
            told["is_ended"] = is_own and not is_missed and (ran or error.__cause__ is not None)
            told["can_go_on"] = told["is_ended"] and masks.can_go_on(bench.experiment, error)
            told["is_there"] = not isinstance(error, NotReachedError)
            told["masks"] = [list(mask) for mask in getattr(error, "masks", ())]
            undecided.append(dict(told, ran=ran, is_open=is_open, is_missed=is_missed))
        else:
            if attempt is None:  # nothing was run, so this process is good for the next
                number += 1
                continue
            if "kept" in attempt:
                return {"round": number, "undecided": undecided, "kept": attempt["kept"]}
            if attempt.get("matched") or attempt.get("eager") != attempt.get("torchscript"):
                is_whole = attempt.get("shown_by") == THE_PROGRAM
                return {"attempts": [attempt], "before": [] if is_whole else _masked(undecided)}
            is_whole = program.shown_by == THE_PROGRAM and program.missing == 0
            undecided.append(
                dict(
                    attempt,
                    is_whole=is_whole,
                    is_open=is_whole and attempt["error"] is not None,
                )
            )
        break
    else:
        return _conclude(bench, undecided, reduce)
    if _denied(undecided) or (reduce is None and any("error" in a for a in undecided)):
        following = itertools.islice(_trials(bench, reduce is None, undecided), number + 1, None)
        if next(following, None) is None:
            return _conclude(bench, undecided, reduce)
    return {"round": number + 1, "undecided": undecided}


def _trials(
    bench: Bench, is_about_fate: bool, undecided: list[dict[str, Any]]
) -> Iterator[tuple[Program, Callable[[], dict[str, Any] | None]]]:
    """Yield what to try, one after another; mostly the first decides, and the others need not be found.

    A trial that gives None was not needed: nothing of the project has run.
    """
    if bench.experiment["outcome"] == "silent":
        yield from _silent_trials(bench, undecided)
        return
    # A program that speaks against the finding has the last word, once all programs were heard.
    is_denied = any("against" in attempt for attempt in undecided)
    is_whole = is_denied or not is_about_fate
    # What nobody wrote says nothing where the project itself calls it, and comes past all of the finding.
    is_passed = any(attempt.get("is_passed") for attempt in undecided)
    asked = (p for p in programs.find(bench) if not is_whole or p.shown_by == THE_PROGRAM)
    asked = (p for p in asked if not (is_passed and p.is_made_up))
    found = []
    maximum = _MAXIMAL_PROGRAMS if is_denied or is_about_fate else _MAXIMAL_BEFORE_REDUCTION
    for program in _first(asked, maximum):
        found.append(program)
        run = functools.partial(_run_raising, bench, program)
        yield program, run if _is_wanted(program, undecided) else lambda: None
    failed = {a["name"] for a in undecided if a.get("error") or (a.get("is_made_up") and not a["is_missed"])}
    for program in found if not is_whole else ():
        is_own = program.shown_by == THE_PROGRAM
        alone = program._replace(shown_by=REDUCED if is_own else program.shown_by)
        run = functools.partial(_run_raising, bench, alone, True)
        is_wanted = is_own or (bench.setup["refuses_hooks"] and program.name in failed)
        yield alone, run if is_wanted and _is_wanted(program, undecided) else lambda: None
    yield from unmasked.trials(bench, found, undecided, _run_raising)


def _first(found: Iterator[Program], maximum: int) -> Iterator[Program]:
    """Yield so many programs; a script with made-up arguments is the one without."""
    for program in found:
        maximum -= not program.without
        if maximum < 0:
            return
        yield program


def _is_wanted(program: Program, undecided: list[dict[str, Any]]) -> bool:
    """Tell whether a program is to be run: arguments are made up for what will not run without.

    Other choices than those of the defaults are made for what comes to nothing with them.
    """
    told = next((a for a in undecided if a["name"] == program.without), {})
    is_elsewhere = program.choice and (told.get("is_missed") or told.get("is_ended"))
    is_asking = told.get("needs_arguments") or (is_elsewhere and command_line.is_read_by(program.path))
    return not program.without or bool(is_asking)


def _silent_trials(
    bench: Bench, undecided: list[dict[str, Any]]
) -> Iterator[tuple[Program, Callable[[], dict[str, Any] | None]]]:
    """Yield programs, how those that miss it go past it, and those that end before it without the cause."""
    said = {attempt["name"]: attempt for attempt in undecided}
    found = []

    def when(is_needed: Any, trial: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        return functools.partial(trial, bench, *arguments) if is_needed else lambda: None

    # What has shown nothing in a whole program of the project's is not looked for in a made-up one.
    is_heard = any(attempt.get("is_whole") for attempt in undecided)
    for program in _first(programs.find(bench), _MAXIMAL_PROGRAMS):
        found.append(program)
        is_wanted = _is_wanted(program, undecided) and not (program.is_made_up and is_heard)
        yield program, when(is_wanted, silent.run, program)
        told = said.get(program.name, {}) if program.shown_by == THE_PROGRAM else {}
        yield program, when(told.get("is_missed"), silent.passed_by, program, told.get("reason"))
    for program in found:
        is_masked = program.shown_by == THE_PROGRAM and said.get(program.name, {}).get("masking")
        alone = program._replace(shown_by=REDUCED)
        yield alone, when(is_masked, silent.run_alone, alone, False)
        yield alone, when(is_masked, silent.run_alone, alone, True)
    yield from unmasked.trials(bench, found, undecided, silent.run)


def _masked(undecided: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the errors of another cause in which whole programs of the project's ended."""
    ended = [a for a in undecided if a.get("masking") and not a.get("is_made_up")]
    return [{"name": a["name"], "error": a["masking"]} for a in ended]


def _denied(undecided: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what speaks against the finding, unless a program that leads to it all ended before its end."""
    if any(a["is_open"] for a in undecided):
        return []
    return [a for a in undecided if "against" in a]


def _conclude(
    bench: Bench, undecided: list[dict[str, Any]], reduce: Callable[[Bench], dict[str, Any]] | None
) -> dict[str, Any]:
    """Say what programs came to of which none showed the finding."""
    attempts = [a for a in undecided if "error" in a]
    if bench.experiment["outcome"] == "silent":
        attempts = [a for a in attempts if "against" not in a]
    passed = [a for a in attempts if a["error"] is None]
    bench.masked = _masked(undecided)
    if _denied(undecided):
        return {"attempts": _denied(undecided)[:1]}
    if passed and (reduce is None or bench.experiment["outcome"] == "silent"):
        return {"attempts": passed[:1]}
    if reduce is not None:
        bench.tell([attempt["reason"] for attempt in undecided if attempt["name"] == ""])
        masks.put_aside([masks.Mask(*each) for each in unmasked.passed_over(undecided)])
        try:
            return dict(reduce(bench), before=attempts)
        finally:
            bench.tell(masks.met())
    if attempts:
        return {"attempts": attempts}
    made_up = [a for a in undecided if a.get("is_made_up")]
    if made_up and all(a["passed"] for a in made_up):
        return {"attempts": [dict(made_up[0], error=None, against=made_up[0]["passed"], shown_by=STAND_IN)]}
    ran = [a for a in undecided if a["ran"]]
    # What is likely at most may stand in a branch that is never taken, unless a program came there.
    is_sure = bench.experiment["is_certain"]
    there = [
        a for a in ran if a["is_ended"] and (a["is_there"] or (is_sure and unmasked.is_past(a, undecided)))
    ]
    hidden = next((a["reason"] for a in there), None)
    if hidden is not None:
        shown = rebuilt.shown(bench, hidden)
        if shown is not None:
            return dict(shown, before=_masked(undecided))
    for attempt in sorted(ran, key=lambda attempt: attempt.get("needs_arguments", False)):
        raise NotReachedError(attempt["reason"])
    reasons = [a["reason"] for a in undecided if a["reason"] != command_line.NO_OTHER_CHOICE]
    reason = reasons[-1] if reasons else "nothing of the project reaches it without arguments"
    return rebuilt.ask(bench, reason, bool(ran))


# --- errors -----------------------------------------------------------------------------------------


class _Judge(Interceptor):
    """Watches a program for the predicted error; `is_alone` as for `_run_raising`."""

    def __init__(self, bench: Bench, is_alone: bool) -> None:
        self.bench = bench
        copies = bench.experiment["world"] in _OF_COPIES
        self.witness = Witness(keep=True, interceptor=self, counts=False, copies=copies)
        self.reach = Reach(bench.experiment, self.witness)
        self.against = Refutation(bench, self.witness, self.reach)
        self.found: dict[str, Any] | None = None  # the predicted error, once it was raised
        self.leaves_out = is_alone and bench.setup["refuses_hooks"]
        self.beside: Beside | None = None
        if is_alone and bench.setup["installs"]:
            utility = bench.experiment["api"].rpartition(".")[2]
            self.beside = Beside(self.witness, functools.partial(_is_own, bench), utility)
        self.replaces = is_alone and not self.leaves_out and self.beside is None

    def start(self) -> None:
        """Watch from now on."""
        if self.leaves_out or self.beside is not None:
            self.bench.tell(["the program's other hooks were left out"])
        elif self.replaces:
            self.bench.tell(["the program's hooks were replaced by plain ones"])
        self.witness.start()
        self.against.start()
        if self.beside is not None:
            self.beside.start()

    def is_predicted(self, error: dict[str, Any], *, is_refused: bool = False) -> bool:
        """Tell whether an error that was raised, by a registration if it `is_refused`, is the finding's."""
        bench, witness = self.bench, self.witness
        if is_expected(error, is_refused=is_refused):
            return False
        if not (self.replaces or _is_installed_yet(bench, witness)):
            return False
        if names_another(bench.experiment, witness, error) or not bench.matches(error):
            return False
        passed = (e for e in of_modules(witness.entries) if e.has_passed(_entry_place(bench)))
        return _is_in_chain(bench, error) or any(entry.error is None for entry in passed)

    def registering(self, registration: Registration) -> Answer | None:
        """Leave a hook out that is not the finding's, where it would be refused."""
        if not self.leaves_out or _is_own(self.bench, registration.chain):
            return None
        return Answer(torch.utils.hooks.RemovableHandle(collections.OrderedDict()))

    def registered(self, registration: Registration) -> None:
        """Put a plain hook in place of what was registered; judge what was refused."""
        if registration.error is not None:
            self._judge(registration.error.as_dict(), is_refused=True)
        elif self.replaces:
            put_in_place(registration, plain_hook(registration, self.bench.folder))
        elif self.beside is not None:
            self.beside.note(registration)

    def entering(self, entry: Entry) -> Answer | None:
        """Let the entry point be noted."""
        if self.beside is not None and entry.has_passed(_entry_place(self.bench)):
            self.beside.take_off(entry.source)
        self.against.entering(entry)
        return None

    def entered(self, entry: Entry) -> None:
        """Judge what was raised."""
        if entry.error is not None:
            self._judge(entry.error.as_dict())

    def _judge(self, error: dict[str, Any], *, is_refused: bool = False) -> None:
        if self.is_predicted(error, is_refused=is_refused):
            self.found = error
            raise _Raised


def _run_raising(bench: Bench, program: Program, is_alone: bool = False) -> dict[str, Any]:
    """Run `program` and return the error that was predicted, or else what it ended with.

    `is_alone` leaves out the other hooks, or puts plain ones in place of all, for they may be what keeps it
    from the finding's line: this can show the finding, but not refute it. Raises `NotReachedError`.
    """
    fields: dict[str, Any] = {"name": program.name, "shown_by": program.shown_by}
    judge = _Judge(bench, is_alone)
    reach, against = judge.reach, judge.against
    judge.start()
    problem = None
    if program.is_made_up:
        programs.module_at(bench, program.path)  # what its import comes to is another module's story
    reach.start()
    try:
        program.run()
    except _Raised:
        pass
    except InconclusiveError:
        raise
    except MemoryError:
        raise
    except BaseException as error:
        problem = error
    finally:
        sys.settrace(None)
    if judge.found is not None:  # whatever a program made of what was to end it
        return dict(fields, error=judge.found, matched=True, is_caught=is_caught(judge.found))
    caught = next(filter(judge.is_predicted, reach.left), None)
    if caught is not None and program.shown_by == THE_PROGRAM:
        return dict(fields, error=caught, matched=True, is_caught=is_caught(caught))
    if problem is None and bench.setup.get("fails_when_called"):
        problem = against.of_a_call(_entry_place(bench))
        fields["shown_by"] = REDUCED if problem is not None else fields["shown_by"]
    if problem is not None:
        said = describe(problem)
        if judge.is_predicted(said):
            return dict(fields, error=said, matched=True)
    if is_alone:
        raise InconclusiveError("{} does not show it".format(program.name))
    if problem is None and program.shown_by == THE_PROGRAM:
        reason = against.reason(program)
        if reason:
            return dict(fields, error=None, against=reason)
        fields["is_passed"] = against.is_passed(program)
    needs_arguments = imports.needs_arguments(problem)
    if not reach.is_complete or needs_arguments:
        ended = " ({}{})".format(one_line(problem), imports.advice_on(problem)) if problem else ""
        how = "ended before" if problem else "did not come to"
        missing = "its end" if reach.is_complete else reach.missing
        reason = "{} {} {}{}".format(program.name, how, missing, ended)
        passed = against.passed(program) if problem is None else ""
        is_cut_short = problem is not None
        raise NotReachedError(reason, is_cut_short, None, passed, needs_arguments) from problem
    if problem is None:
        return dict(fields, error=None)
    return dict(fields, error=describe(problem), can_go_on=masks.can_go_on(bench.experiment, problem))


def _entry_place(bench: Bench) -> tuple[Any, Any]:
    return bench.experiment.get("entry_path"), bench.experiment.get("entry_line")


def _is_installed_yet(bench: Bench, witness: Witness) -> bool:
    """Tell whether the failing entry point met a hook of the finding's place; true where that is not known.

    What took it off in time, as `remove_weight_norm` does without its handle, leaves the error to others.
    """
    entries = of_modules(witness.entries)
    entry = entries[-1] if entries else None
    flagged = [r for r in witness.registrations if r.error is None and r.module is not None]
    flagged = [r for r in flagged if _is_own(bench, r.chain)]
    if entry is None or entry.error is None or not flagged:
        return True
    met = {id(part) for _, part in parts(entry.source)}
    flagged = [r for r in flagged if id(r.module) in met]
    return not flagged or any(True for r in flagged for _ in tables_of(r))


def _is_own(bench: Bench, chain: tuple[Place, ...]) -> bool:
    e = bench.experiment
    registration = (e.get("registration_path"), e.get("registration_line"))
    return any(
        p.at == registration or (p.path == e["path"] and e["line"] <= p.line <= e["end_line"]) for p in chain
    )


def _is_in_chain(bench: Bench, error: dict[str, Any]) -> bool:
    """Tell whether an error passes the finding's line, the entry point's, or comes from the hook's lines."""
    e = bench.experiment
    if not e.get("entry_path") or not e["path"].endswith(".py"):
        return True
    for path, line in [*error["frames"], *error["places"]]:
        if path == e["path"] and e["line"] <= line <= e["end_line"]:
            return True
        if path == e["entry_path"] and line == e["entry_line"]:
            return True
    return False
