"""Runs whole programs as they are and with a `torch.compile` that gives back what it is given.

Each runs in a process forked from one that has imported torch; the default backend needs no compiler of C++.
"""

from __future__ import annotations

import contextlib
import io
import logging
import multiprocessing
import runpy
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from hookproof.verify.target.experiments import import_graphs

_SECONDS = 120


class Ran(NamedTuple):
    """What a program printed, and how it ended: the name of the error's class and its message."""

    printed: str
    error: str = ""
    message: str = ""


class Both(NamedTuple):
    """What a program comes to when it is compiled, and in eager mode."""

    compiled: Ran
    eager: Ran

    @property
    def is_same(self) -> bool:
        """Whether nobody could tell the two apart."""
        return self.compiled.printed == self.eager.printed and self.compiled.error == self.eager.error


def _give_back(model: Any = None, **_: Any) -> Any:
    return model if model is not None else lambda function: function


def _eagerly() -> None:
    torch.compile = _give_back
    nn.Module.compile = lambda *_, **__: None  # type: ignore[method-assign]


def _quickly() -> None:
    """Let the default backend be one that makes graphs and compiles nothing."""
    wrapper = torch._TorchCompileWrapper
    torch._TorchCompileInductorWrapper = lambda mode, options, dynamic, *_: wrapper(
        "aot_eager", None, None, dynamic
    )


def _run(path: str, is_eager: bool, answers: Any) -> None:
    (_eagerly if is_eager else _quickly)()
    logging.disable(logging.CRITICAL)
    torch.manual_seed(0)
    text = io.StringIO()
    error = message = ""
    with contextlib.redirect_stdout(text), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            runpy.run_path(path, run_name="__main__")
        except (Exception, SystemExit) as raised:
            error, message = type(raised).__name__, str(raised)
    answers.send(Ran(text.getvalue(), error, message))


def run(path: Path, *, is_eager: bool) -> Ran:
    """Run one program."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_run, args=(str(path), is_eager, theirs))
    process.start()
    theirs.close()
    try:
        found = ours.recv() if ours.poll(_SECONDS) else Ran("", "TimeoutError")
    except EOFError:
        found = Ran("", "crashed")
    process.join(1)
    if process.is_alive():
        process.kill()
    assert isinstance(found, Ran)
    return found


def run_both(paths: Sequence[Path]) -> Iterator[Both]:
    """Run programs, each in both ways."""
    import_graphs()  # here, so that no program has to
    for path in paths:
        yield Both(run(path, is_eager=False), run(path, is_eager=True))
