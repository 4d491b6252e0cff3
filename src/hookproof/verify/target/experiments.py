"""Chooses the experiment for a finding and runs it."""

from __future__ import annotations

import gc
import importlib
import typing
from typing import Any, Callable

from . import callables, compiled, replay
from .bench import Bench
from .installed import nn, torch
from .outcome import InconclusiveError, in_fork, one_line


def warm_up() -> None:
    """Compile and trace something small, so that no child pays for what torch does the first time."""
    import warnings

    warnings.simplefilter("ignore")

    class Own(nn.Module):  # type: ignore[misc]  # no class of torch's may lose the first of its types here
        @typing.no_type_check  # torch 1.8 reads a `type: ignore` here as the arguments' types
        def forward(self, x):
            return x

    torch.set_num_threads(1)
    torch.jit.script(Own())
    torch.jit.trace(Own(), torch.zeros(1, 1))
    for name in ("compiled", "lifecycle", "python_hook", "silent", "trial"):
        importlib.import_module("." + name, __package__)
    # Without this every collection in a child would touch, and so copy, all that torch's import has made.
    gc.collect()
    gc.freeze()


def perform(experiment: dict[str, Any], stage: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Run one experiment; the answer holds `attempts`, or `inconclusive` with a reason, and `notes`."""
    answer: dict[str, Any] = {"id": experiment["id"], "torch": str(torch.__version__), "notes": []}
    bench = None
    try:
        bench = Bench(experiment, stage)
        answer.update(_ask_for(bench)(bench))
        if _needs_program(bench, answer):
            answer["attempts"] = _last_resort(bench) or answer["attempts"]
        answer["programs"] = replay.reaching(bench)
    except InconclusiveError as error:
        answer["inconclusive"] = str(error)
    except MemoryError:
        raise
    except Exception as error:
        answer["inconclusive"] = "the experiment could not be made: {}".format(one_line(error))
    if bench is not None:
        answer["notes"] = bench.notes
        answer["signature"] = bench.learned
    return answer


def _ask_for(bench: Bench) -> Callable[[Bench], dict[str, Any]]:
    if bench.setup["runs"] == "program":
        from .lifecycle import ask

        return ask
    if bench.experiment["world"] in ("traced", "script-module"):
        from .python_hook import ask_touch

        return ask_touch
    if bench.experiment["outcome"] == "silent":
        from .silent import ask as ask_silent

        return ask_silent
    choices = {"callable": callables.ask_callable, "use": compiled.ask_touch, "body": compiled.ask_syntax}
    return choices[bench.experiment["asks"]]


def _needs_program(bench: Bench, answer: dict[str, Any]) -> bool:
    """Tell whether a reduction has lost what the finding is about: other hooks on the same module."""
    decided = any(a.get("matched") for a in answer.get("attempts", [{"matched": True}]))
    return bench.setup.get("involves_other_hooks", False) and not decided


def _last_resort(bench: Bench) -> list[dict[str, Any]]:
    """Run whole programs that reach the finding; return the one that shows it, if any."""
    from . import lifecycle

    name = getattr(bench.node, "name", None)
    for program, call in lifecycle.find_programs(bench)[:4]:
        try:
            fields = in_fork(lambda call=call, program=program: lifecycle.run_raising(bench, program, call))  # type: ignore[misc]
        except InconclusiveError:
            continue
        if fields.get("matched") and (name is None or repr(name) in fields["error"]["message"]):
            bench.notes.append("the whole program was run, for the finding is about several hooks together")
            return [fields]
    return []
