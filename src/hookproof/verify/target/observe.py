"""Observes one action: what comes out, is raised, printed, written, and changes in Python state.

Each observation is made in a fork, so that all start from the same state and leave none behind.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import tempfile
import warnings
from typing import Any, Callable, Iterator

from .installed import torch
from .outcome import InconclusiveError, in_fork, one_line
from .state import Snapshot, picture, same

_NO_FORK = "autograd's threading in combination with fork"
OUTPUT, ERROR, TEXT, FILES = "what comes out", "whether it raises", "the printed text", "the files written"

Roots = Callable[[], Any]  # gives labels with values, before and after: an action may make new ones
Observation = (
    "dict[str, Any]"  # a picture for each thing seen: the four above, and labels of state that changed
)


def observe(prepare: Callable[[], tuple[Callable[[], Any], Roots]]) -> dict[str, Any]:
    """Return what an action does, in a fork; `prepare` returns it and what gives the roots of its changes."""
    sys.stdout.flush()
    sys.stderr.flush()
    seen: dict[str, Any] = in_fork(lambda: _observe(prepare))
    return seen


def _observe(prepare: Callable[[], tuple[Callable[[], Any], Roots]]) -> dict[str, Any]:
    action, roots = prepare()
    before = Snapshot(roots())
    seed()
    seen: dict[str, Any] = {}
    problem = None
    with printed() as text, _written() as written, _as_started():
        try:
            seen[OUTPUT] = picture(action())
        except (Exception, SystemExit) as error:
            problem = one_line(error)
            if _NO_FORK in problem:  # of torch 1.8, once a backward pass has run
                raise InconclusiveError("this torch runs no backward pass in a fork") from error
    seen[ERROR] = problem is not None
    if problem is not None:
        seen["error"] = problem  # for a person; messages differ between worlds
    if text:
        seen[TEXT] = text[0]
    if written:
        seen[FILES] = {os.path.basename(path): _size(path) for path in sorted(written)}
    seen.update(Snapshot(roots()).changes(before))
    return seen


def seed() -> None:
    """Start all random numbers anew."""
    warnings.simplefilter("ignore")
    # In a fork, each page that is touched is copied: this is done often, and the long way touches many.
    (torch.default_generator if _has_no_accelerator() else torch).manual_seed(0)
    random.seed(0)
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(numpy, "random"):
        numpy.random.seed(0)


def _has_no_accelerator() -> bool:
    """Tell whether this torch was built for nothing but the CPU."""
    kinds = (getattr(torch.version, name, None) for name in ("cuda", "hip", "xpu"))
    return sys.platform != "darwin" and not any(kinds)


@contextlib.contextmanager
def printed() -> Iterator[list[str]]:
    """Collect what is printed, below Python too; nothing is added where nothing is."""
    found: list[str] = []
    with tempfile.TemporaryFile() as file:
        kept = [os.dup(number) for number in (1, 2)]
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            yield found
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            for number, old in zip((1, 2), kept):
                os.dup2(old, number)
                os.close(old)
            file.seek(0)
            text = file.read(1 << 16).decode("utf-8", "replace")
            if text:
                found.append(text)


@contextlib.contextmanager
def _as_started() -> Iterator[None]:
    """Let Python print where it did at its start, though the program may have put another stream there."""
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = sys.__stdout__ or kept[0], sys.__stderr__ or kept[1]
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        sys.stdout, sys.stderr = kept


@contextlib.contextmanager
def _written() -> Iterator[set[str]]:
    """Collect the files that Python opens for writing."""
    found: set[str] = set()
    watching = [True]

    def audit(event: str, arguments: Any) -> None:
        if event == "open" and watching and isinstance(arguments[0], str):
            mode, flags = arguments[1], arguments[2]
            if (isinstance(mode, str) and set("wax+") & set(mode)) or (mode is None and flags & os.O_WRONLY):
                found.add(os.path.abspath(arguments[0]))

    sys.addaudithook(audit)
    try:
        yield found
    finally:
        watching.clear()


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return -1


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the labels of what differs between two observations."""
    labels = [label for label in {**one, **other} if label != "error"]
    return [label for label in labels if not same(one.get(label), other.get(label))]
