"""Runs a program in eager mode as it is and as a fix leaves it, and tells what is not the same."""

from __future__ import annotations

import functools
import itertools
import types
from typing import Any, Iterator

from . import programs
from .bench import Bench
from .compiled import real_function
from .installed import nn, torch
from .observe import differences, observe
from .outcome import THE_PROGRAM, InconclusiveError, in_fork
from .program import Program
from .side_pictures import END, RESULT, TEXT
from .sides import Run, Sides
from .state import Snapshot, same
from .texts import different_lines, first_difference
from .way import Way
from .wording import words_apart

_MAXIMAL_PROGRAMS = 3
_DATA = (bool, int, float, str, bytes, list, tuple, dict, set, torch.Tensor, nn.Module)


def perform(trial: dict[str, Any]) -> dict[str, Any]:
    """Return which eager runs were the same `before` and `after`, or what first was not."""
    answer: dict[str, Any] = {"id": trial["id"], "notes": [], "ran": "", "differs": ""}
    names: list[str] = []
    try:
        for number in range(_MAXIMAL_PROGRAMS):
            before, after = (in_fork(functools.partial(_run, trial[side], number)) for side in _SIDES)
            if not (before and after):
                break
            _put_back_paths(after, trial["prefix"])
            found = _difference(before, after)
            if found:
                return dict(answer, ran=before["name"], differs="{} ({})".format(found, before["name"]))
            names += [before["name"]] if before["is_reached"] else []
        if not names:
            before, after = (in_fork(functools.partial(_call, trial[side])) for side in _SIDES)
            found = _difference_of_calls(before, after)
            names = ["the hook on an instance of its module's class"]
            if found:
                return dict(answer, ran=names[0], differs="{} ({})".format(found, names[0]))
    except InconclusiveError as error:
        return dict(answer, inconclusive=str(error))
    return dict(answer, ran=", ".join(names))


_SIDES = ("before", "after")


# --- programs ---------------------------------------------------------------------------------------


def _run(experiment: dict[str, Any], number: int) -> dict[str, Any]:
    """Run one of the programs that reach the finding; nothing where there are no more."""
    bench = Bench(experiment, lambda _: None)
    program = next(itertools.islice(_own(bench), number, None), None)
    if program is None:
        return {}
    results: list[Any] = []

    def run_and_note() -> Any:
        results.append(program.run())
        return results[-1]

    noting = program._replace(run=run_and_note)
    run = Run(Sides(bench, noting, lambda _: False, is_plain=True), Way(is_eager=True, never_leaves=True))
    fields = run.answer()
    names = results[0] if results and not program.function else {}
    state = Snapshot(list(_data({**vars(bench.module), **names}))).pictures() if results else {}
    return {
        "name": program.name,
        "seen": fields["seen"],
        "problem": fields["problem"],
        "state": state,
        "is_reached": bool(run.witness.registrations),
    }


def _own(bench: Bench) -> Iterator[Program]:
    """Yield the project's own programs, which need no arguments that nobody wrote."""
    return (p for p in programs.find(bench) if p.shown_by == THE_PROGRAM and not p.without)


def _data(names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what a program leaves in names, but for functions and classes: these are what a fix changes."""
    for name, value in names.items():
        if name.startswith("__") or isinstance(value, (types.ModuleType, type)):
            continue
        if isinstance(value, _DATA) or (hasattr(value, "__dict__") and not callable(value)):
            yield name, value


def _put_back_paths(side: dict[str, Any], prefix: str) -> None:
    for label in (TEXT, END):
        if isinstance(side["seen"].get(label), str):
            side["seen"][label] = side["seen"][label].replace(prefix, "")
    side["problem"] = side["problem"].replace(prefix, "")


def _difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    if before["problem"] != after["problem"]:
        return "eager mode ends {}, and then {}".format(*(_end(side) for side in (before, after)))
    one, other = before["seen"].get(TEXT, ""), after["seen"].get(TEXT, "")
    if different_lines(one, other, 0.0):
        return "eager mode prints {}, and then {}".format(*first_difference(one, other))
    for label in (RESULT, *before["seen"]):
        was, now = before["seen"].get(label), after["seen"].get(label)
        if label != TEXT and (label in before["seen"]) and not same(was, now, 0.0):
            return "eager mode gives {} as {}, and then {}".format(label, *words_apart(was, now))
    return _left(before["state"], after["state"])


def _left(before: dict[str, Any], after: dict[str, Any]) -> str:
    for label, was in before.items():
        if label not in after:
            return "eager mode leaves {}, and then does not".format(label)
        if not same(was, after[label], 0.0) and not _is_address(was):
            return "eager mode leaves {} as {}, and then {}".format(label, *words_apart(was, after[label]))
    return ""


def _is_address(picture: Any) -> bool:
    return isinstance(picture, dict) and "kind" in picture


def _end(side: dict[str, Any]) -> str:
    return "with {}".format(side["problem"][2:]) if side["problem"] else "without an error"


# --- the hook alone ---------------------------------------------------------------------------------


def _call(experiment: dict[str, Any]) -> dict[str, Any]:
    """Call an instance of the module class with the hook on it, and say what came of that."""
    bench = Bench(experiment, lambda _: None)
    hook = real_function(bench)
    if hook is None:
        raise InconclusiveError("nothing of the project runs through it, and the hook cannot be had alone")

    def prepare() -> tuple[Any, Any]:
        torch.manual_seed(0)
        model = bench.model()
        inputs = bench.inputs(model)
        (model.register_forward_pre_hook if bench.is_pre else model.register_forward_hook)(hook)
        return (lambda: model(*inputs)), (lambda: [("model", model), ("hook", hook)])

    return observe(prepare)


def _difference_of_calls(before: dict[str, Any], after: dict[str, Any]) -> str:
    found = [label for label in differences(before, after) if not label.startswith("hook.__annotations__")]
    if not found:
        return ""
    return "{} in eager mode: {}, and then {}".format(
        found[0], *words_apart(before.get(found[0]), after.get(found[0]))
    )
