"""Runs a program as it is, and with entry points that do their work and hand back the eager module; compares.

What differs is the finding's doing where nothing differs once its hooks are left out.
"""

from __future__ import annotations

import collections
import contextlib
import copy
import io
import os
import sys
from typing import TYPE_CHECKING, Any, Callable

from .flagged import observing
from .installed import nn, torch
from .observe import printed, seed
from .outcome import InconclusiveError, NotReachedError, in_fork, one_line
from .programs import Program
from .state import picture, same, words
from .twins import Difference
from .witness import Answer, Entry, Interceptor, Place, Registration, Witness

if TYPE_CHECKING:
    from .bench import Bench

_TEXT, _RESULT, _END = "what the program prints", "what it returns", "how it ends"
_PLAIN = (bool, int, float, str, torch.Tensor)


def compare(bench: Bench, program: Program, is_own: Callable[[tuple[Place, ...]], bool]) -> Difference | None:
    """Return what the program comes to in one world only, by the doing of the hooks that `is_own` tells.

    Raises `NotReachedError` where it does not come to a flagged value, `InconclusiveError` where it can't go
    on with an eager model.
    """
    is_value = bench.setup["observes"] == "value" and bench.setup["runs"] == "program"
    world, eager = (_side(bench, program, is_eager, is_value, None) for is_eager in (False, True))
    if is_value and not (world["values"] and eager["values"]):
        failed = world["problem"] or eager["problem"]
        raise NotReachedError("{} did not come to the finding's line{}".format(program.name, failed))
    if eager["problem"] and not world["problem"]:
        raise InconclusiveError(
            "masked by: {} fails with an eager model{}".format(program.name, eager["problem"])
        )
    found = _different(world, eager)
    if not found:
        return None
    without = [_side(bench, program, is_eager, is_value, is_own) for is_eager in (False, True)]
    found = [label for label in found if label not in _different(*without)]
    return _difference(bench, found[0], eager, world) if found else None


def _side(bench: Bench, program: Program, is_eager: bool, is_value: bool, left_out: Any) -> dict[str, Any]:
    sys.stdout.flush()
    sys.stderr.flush()
    return in_fork(lambda: _run(bench, program, is_eager, is_value, left_out))


class _Side(Interceptor):
    """Leaves out the hooks that `left_out` tells by their chain; `is_eager` hands eager modules back.

    Entry points do their work then all the same, but for what saves and loads: that keeps copies in memory.
    """

    def __init__(self, is_eager: bool, left_out: Callable[[tuple[Place, ...]], bool] | None) -> None:
        self._is_eager = is_eager
        self._left_out = left_out
        self._saved: dict[Any, Any] = {}

    def registering(self, registration: Registration) -> Answer | None:
        """Leave a hook out."""
        if self._left_out is None or not self._left_out(registration.chain):
            return None
        return Answer(torch.utils.hooks.RemovableHandle(collections.OrderedDict()))

    def entering(self, entry: Entry) -> Answer | None:
        """Keep a copy of what is saved, and give one of what was."""
        if self._is_eager and entry.world == "save":
            self._saved[entry.file] = copy.deepcopy(entry.source)
            file = (entry.arguments or {}).get("f")
            if isinstance(file, (str, os.PathLike)):
                with contextlib.suppress(OSError), open(file, "wb"):
                    pass
            return Answer(None)
        if self._is_eager and entry.file in self._saved and entry.world == "load":
            return Answer(copy.deepcopy(self._saved[entry.file]))
        return None

    def returning(self, entry: Entry, result: Any) -> Any:
        """Give the eager module in place of what it became."""
        is_made = self._is_eager and entry.world != "load" and isinstance(entry.source, nn.Module)
        return entry.source if is_made else result


def _run(bench: Bench, program: Program, is_eager: bool, is_value: bool, left_out: Any) -> dict[str, Any]:
    values: list[Any] = []
    Witness(keep=True, interceptor=_Side(is_eager, left_out), counts=False).start()
    if is_eager:
        nn.Module.save = lambda module, file: torch.jit.save(module, file)
    run = program.run
    if is_value:

        def observer(value: Any) -> Any:
            values.append(picture(value))
            return value

        run = observing(bench, program, observer)
    fields: dict[str, Any] = {"problem": "", "seen": {}}
    seed()
    with printed() as text:
        try:
            result = run()
            fields["seen"] = _plain_values(result) if not program.function else {_RESULT: _picture(result)}
        except (Exception, SystemExit) as error:
            fields["problem"] = ": " + one_line(error)
            fields["seen"][_END] = type(error).__name__
    fields["seen"][_TEXT] = text[0] if text else ""
    return dict(fields, values=values[-20:])


def _picture(value: Any) -> Any:
    """Return a picture of a result; modules, and objects of the project, are not looked into."""
    if isinstance(value, (list, tuple)):
        return [_picture(part) for part in value]
    if isinstance(value, dict):
        return {"of": [[str(k), _picture(v)] for k, v in value.items()]}
    return picture(value, 0) if isinstance(value, _PLAIN) or value is None else {"kind": "an object"}


def _plain_values(names: Any) -> dict[str, Any]:
    """Return pictures of the plain values that a script leaves in its names."""

    def is_plain(value: Any) -> bool:
        return isinstance(value, _PLAIN) or (isinstance(value, tuple) and all(map(is_plain, value)))

    return {"`{}`".format(n): picture(v) for n, v in names.items() if n[:2] != "__" and is_plain(v)}


def _different(world: dict[str, Any], eager: dict[str, Any]) -> list[str]:
    labels = [] if same(world["values"], eager["values"]) else ["value"]
    both = {**world["seen"], **eager["seen"]}
    return labels + [n for n in both if not same(world["seen"].get(n), eager["seen"].get(n))]


def _difference(bench: Bench, label: str, eager: dict[str, Any], world: dict[str, Any]) -> Difference:
    if label == "value":
        shown = [", ".join(words(v) for v in side["values"]) for side in (eager, world)]
        return Difference("value of " + bench.source.segment(bench.node), *shown)
    if label == _TEXT:
        return Difference(label, *_first_different_lines(eager["seen"][label], world["seen"][label]))
    if label == _END:
        return Difference(label, *(side["problem"][2:] or "without an error" for side in (eager, world)))
    return Difference(label, *(words(side["seen"].get(label)) for side in (eager, world)))


def _first_different_lines(one: str, other: str) -> tuple[str, str]:
    lines = [io.StringIO(text).read().splitlines() for text in (one, other)]
    for number in range(max(map(len, lines))):
        pair = [text[number] if number < len(text) else "" for text in lines]
        if pair[0] != pair[1]:
            return repr(pair[0][:80]), repr(pair[1][:80])
    return repr(one[:80]), repr(other[:80])
