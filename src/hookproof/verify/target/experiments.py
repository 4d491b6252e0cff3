"""Chooses the experiment for a finding and runs it."""

from __future__ import annotations

import contextlib
import gc
import importlib
import typing
from typing import Any, Callable

from . import callables, chain, compiled, programs
from .bench import Bench
from .installed import nn, outlive_warnings, torch
from .namespaces import note_modules
from .observe import seed
from .outcome import InconclusiveError, one_line
from .witness import Witness

_WORLDS_OF_GRAPHS = ("exported", "compiled by dynamo")
_ENTRIES_TO_GRAPHS = ("torch.export", "torch.compile")


def warm_up() -> None:
    """Compile and trace something small, so that no child pays for what torch does the first time."""
    import warnings

    warnings.simplefilter("ignore")

    class Own(nn.Module):  # type: ignore[misc]  # no class of torch's may lose the first of its types here
        @typing.no_type_check  # torch 1.8 reads a `type: ignore` here as the arguments' types
        def forward(self, x):
            return x * x

    outlive_warnings()
    torch.set_num_threads(1)
    scripted = torch.jit.script(Own())
    for _ in range(2):  # the second time, torch reads its formulas of gradients
        scripted(torch.zeros(1, 1, requires_grad=True))
    torch.jit.trace(Own(), torch.zeros(1, 1))
    for name in ("compiled", "python_hook", "sides", "repaired", "silent_hook", "trial"):
        importlib.import_module("." + name, __package__)
    with Witness():
        pass  # what it makes of torch's functions is kept
    seed()  # numpy imports its part for random numbers where that is asked for
    _settle()


def warm_up_for(experiments: list[dict[str, Any]]) -> None:
    """Import what exporting needs where several experiments or trials do, so that not each of them does.

    One alone imports no more than it needs, in its own process.
    """
    if sum(map(_makes_graphs, experiments)) > 1:
        import_graphs()
        _settle()


def _makes_graphs(asked: dict[str, Any]) -> bool:
    scripts = asked.get("scripts", ())
    return asked.get("world") in _WORLDS_OF_GRAPHS or any(
        name in script for script in scripts for name in _ENTRIES_TO_GRAPHS
    )


def import_graphs() -> None:
    """Export something in each way, because torch imports only then what that and `torch.compile` take.

    Nothing is compiled, which would put other functions in the place of some of torch's. Random numbers stay
    those of before: a program is given the same ones whenever it is run.
    """
    with contextlib.suppress(Exception):  # an older torch, which exports in another way or not at all
        with torch.random.fork_rng(devices=()):
            for is_strict in (False, True):
                program = torch.export.export(nn.Linear(1, 1), (torch.zeros(1, 1),), strict=is_strict)
                torch.export.unflatten(program.run_decompositions())
        importlib.import_module("torch._dynamo.backends.debugging")
        importlib.import_module("torch._inductor.compile_fx")


def _settle() -> None:
    """Take what is imported for what every experiment finds.

    Without this every collection in a child would touch, and so copy, all that torch's import has made.
    """
    note_modules()
    gc.collect()
    gc.freeze()


def perform(experiment: dict[str, Any], stage: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Run one experiment; the answer holds `attempts`, or `inconclusive` with a reason, and `notes`."""
    answer: dict[str, Any] = {"id": experiment["id"], "torch": str(torch.__version__), "notes": []}
    bench = None
    try:
        bench = Bench(experiment, stage)
        answer.update(chain.ask(bench, _reduction_for(bench)))
        answer["programs"] = programs.reaching(bench)
    except InconclusiveError as error:
        answer["inconclusive"] = str(error)
    except MemoryError:
        raise
    except Exception as error:
        answer["inconclusive"] = "the experiment could not be made: {}".format(one_line(error))
    if bench is not None:
        answer["notes"] = bench.notes
        answer.setdefault("before", bench.masked)
        answer["signature"] = bench.learned
    return answer


def _reduction_for(bench: Bench) -> Callable[[Bench], dict[str, Any]] | None:
    """Return what asks about the hook alone; None where what goes wrong is not in the hooked module alone."""
    from .python_hook import comes_to_it_eagerly

    bench.comes_to_it_eagerly = comes_to_it_eagerly
    if bench.setup["runs"] == "program":
        return None
    if bench.experiment["outcome"] == "silent":
        from .silent_hook import ask as ask_silent

        return ask_silent
    if bench.experiment["world"] in ("traced", "script-module"):
        from .python_hook import ask_use

        return ask_use
    choices = {"callable": callables.ask_callable, "use": compiled.ask_use, "body": compiled.ask_syntax}
    return choices[bench.experiment["asks"]]
