"""Rebuilds the life cycle that a finding describes on a fresh instance, where no program reaches it."""

from __future__ import annotations

import contextlib
import functools
import types
from typing import TYPE_CHECKING, Any, Callable

from . import silent
from .hooks import TYPING
from .installed import nn, torch
from .outcome import REDUCED, STAND_IN, InconclusiveError, in_fork
from .program import Program
from .programs import module_at
from .use_inputs import with_gradient

if TYPE_CHECKING:
    from .bench import Bench

_NAME = "the rebuilt life cycle"
_PRINTING = "a hook that prints stands for its own"


def ask(bench: Bench, reason: str, is_run: bool) -> dict[str, Any]:
    """Ask about a life cycle of its own; `reason` says why no program did, `is_run` that there was one.

    Raises `InconclusiveError` where the rule knows none, or where the error has to be at the finding's line.
    """
    life_cycle = bench.setup["life_cycle"]
    if life_cycle is None or not life_cycle["is_general"] or bench.setup["is_at_line"]:
        advice = "" if is_run else "; call it from a function without arguments to have it verified"
        raise InconclusiveError(reason + advice)
    bench.notes.append("its life cycle was rebuilt from the finding, because {}".format(reason))
    if bench.experiment["outcome"] == "silent":
        attempt = dict(_lost(bench, life_cycle), name=_NAME, error=None)
        attempts = [attempt]
    else:
        attempts = bench.try_variants([(_NAME, functools.partial(_run, bench, life_cycle))])
    shown_by = STAND_IN if bench.is_stand_in else REDUCED
    return {"attempts": [dict(attempt, shown_by=shown_by) for attempt in attempts]}


def shown(bench: Bench, reason: str) -> dict[str, Any] | None:
    """Return what a life cycle of its own shows of a finding that is masked for `reason`; None if nothing."""
    notes = list(bench.notes)
    with contextlib.suppress(InconclusiveError):
        answer = ask(bench, reason, True)
        attempt = answer["attempts"][-1]
        if attempt.get("matched") or attempt.get("eager") != attempt.get("torchscript"):
            return answer
    bench.notes[:] = notes
    return None


def _run(bench: Bench, life_cycle: dict[str, Any]) -> None:
    """Run the rule's own program with the project's module class."""
    _settle_forward(bench, life_cycle["body"], life_cycle)
    scope = _scope(bench, life_cycle["body"])
    scope["make_model"] = functools.partial(bench.model, with_hooks=life_cycle["keeps_hooks"])
    exec(life_cycle["body"], scope)


def _settle_forward(bench: Bench, text: str, life_cycle: dict[str, Any]) -> None:
    if "jit.script(" in text and not life_cycle["keeps_hooks"]:
        bench.signature  # noqa: B018  # replaces forward where it does not script


def _scope(bench: Bench, text: str) -> dict[str, Any]:
    scope: dict[str, Any] = dict(TYPING, torch=torch, nn=nn, __name__="life_cycle")
    if "inputs" in text:
        scope["inputs"] = [with_gradient(value) for value in bench.inputs(bench.model())]
    return scope


# --- silent losses ----------------------------------------------------------------------------------


def _lost(bench: Bench, life_cycle: dict[str, Any]) -> dict[str, Any]:
    """Return what the hook does in eager mode alone; of one that can't be had what a hook that prints does.

    Raises `InconclusiveError` where only the latter shows a loss: on other inputs the hook may do something.
    """
    _settle_forward(bench, life_cycle["steps"], life_cycle)
    hook = _hook_of(bench)
    whole = _compared(bench, life_cycle, lambda: hook) if hook is not None else None
    if whole is not None and whole["eager"] != whole["torchscript"]:
        return whole
    printing = _compared(bench, life_cycle, lambda: lambda *_: print("the hook is called"))
    if printing["eager"] == printing["torchscript"]:
        return printing
    if whole is not None:
        raise InconclusiveError("hooks are lost there, but this one does nothing on made-up inputs")
    bench.tell([_PRINTING])
    return printing


def _hook_of(bench: Bench) -> Any:
    """Return the finding's hook where it is a function of its file, else None."""
    place = bench.experiment.get("hook")
    if not place:
        return None
    found = getattr(module_at(bench, place["path"]), place["name"], None)
    return found if isinstance(found, types.FunctionType) else None


def _compared(bench: Bench, life_cycle: dict[str, Any], make: Callable[[], Any]) -> dict[str, Any]:
    """Run the steps in a fork with a hook, use what they make, and return what is observed of the hook."""

    def compare() -> dict[str, Any]:
        hook = make()

        def run() -> None:
            scope = _scope(bench, life_cycle["steps"])
            scope.update(model=bench.model(with_hooks=life_cycle["keeps_hooks"]), count=hook)
            exec(life_cycle["steps"], scope)
            _use(bench, scope["converted"])

        found = silent.compare_made(bench, Program(_NAME, run, REDUCED, function="hook"), hook)
        return {"what": found.what, "eager": found.eager, "torchscript": found.world}

    return in_fork(compare)


def _use(bench: Bench, module: Any) -> None:
    """Use the module as a hook of that kind would be told of."""
    api = bench.experiment["api"]
    if "load" in api:
        module.load_state_dict(module.state_dict())
    elif "state_dict" in api:
        module.state_dict()
    else:
        module(*bench.inputs(bench.model()))
