"""Runs a program as it is, and with entry points that do their work and hand back the eager module; compares.

What differs is the finding's doing where nothing differs once its hooks are left out. What hooks keep is told
to be read by the program where it comes to something else once that is undone.
"""

from __future__ import annotations

import collections
import contextlib
import copy
import functools
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any, Callable

from .eager_program import (
    EagerProgram,
    call_as_tracing_does,
    compile_without_compiler,
    copy_with_the_same_weights,
    hooks_put_by,
    lend_graphs,
    not_compiled,
)
from .flagged import observing
from .hook_codes import codes_of, has_line
from .imports import needs_arguments
from .installed import nn, torch
from .observe import printed, seed
from .outcome import InconclusiveError, NotReachedError, describe, in_fork, one_line
from .program import Program
from .rebound_copies import copy_with_hooks_of_its_own
from .side_pictures import (
    END,
    RESULT,
    TEXT,
    beyond,
    difference_of,
    different,
    left_by,
    picture_of,
    plain_values,
)
from .sources import source_of
from .state import BLANK, Snapshot, is_blank, picture, same
from .texts import different_lines
from .twins import Difference, put_back
from .uses import is_compiled
from .way import Way
from .witness import Answer, Entry, Interceptor, Place, Registration, Witness
from .witness.hooked_modules import put_in_place

if TYPE_CHECKING:
    from .bench import Bench

_MAXIMAL_PARTNERS = 4  # hooks that read what another keeps
_WITHOUT_MODULE = ("load", "pickle")  # what they give back is no eager module in another form
_COMPILING = ("script", "trace")
_OF_SCRIPTS = ("freeze", "optimize_for_inference")  # entry points that take no eager module


class Sides:
    """A program in the world it is written for, in eager mode, and without what its hooks do; each run once.

    `is_own` tells by its place which registrations the finding is about, `names` are what their hooks keep.
    Where it `is_plain` nothing is observed but what the program prints, returns and leaves.
    """

    def __init__(
        self,
        bench: Bench,
        program: Program,
        is_own: Callable[[tuple[Place, ...]], bool],
        names: tuple[str, ...] = (),
        *,
        is_plain: bool = False,
    ) -> None:
        self.bench = bench
        self.program = program
        self.is_own = is_own
        self.names = names
        observed = "" if is_plain else bench.setup["observes"]
        self.is_value = observed == "value" and bench.setup["runs"] == "program"
        self.is_forward = observed == "forward"
        self.is_whole = bench.setup["observes"] == "program"
        self.is_of_copies = bench.experiment["world"] == "copied"
        self.is_uncalled = bench.experiment["world"] == "uncalled"
        if self.program.path and "optim" in source_of(self.program.path).text:
            with contextlib.suppress(Exception):  # the first optimizer imports it, in each of many forks
                importlib.import_module("torch._dynamo")

    @functools.lru_cache(maxsize=None)  # noqa: B019  # the process ends with its one experiment
    def side(self, way: Way) -> dict[str, Any]:
        """Return what the program comes to when it is run in a way, in a fork."""
        sys.stdout.flush()
        sys.stderr.flush()
        return in_fork(lambda: Run(self, way).answer())

    @property
    def world(self) -> dict[str, Any]:
        """What the program comes to as it is written."""
        return self.side(Way())

    @property
    def eager(self) -> dict[str, Any]:
        """What the program comes to had nothing left eager mode, or had it called the module itself."""
        if self.is_forward:
            return self.side(Way(is_called=True))
        # Where it calls the eager module as well, the other is meant to have attributes of its own.
        is_apart = self.is_value and bool(self.world["values"]) and all(self.world["are_fresh"])
        return self.side(Way(is_eager=True, is_copied=is_apart))

    def compare(self) -> Difference | None:
        """Return what the program comes to in one world only, by the doing of the finding's hooks.

        Raises `NotReachedError` where it does not come to a flagged value, `InconclusiveError` where it can't
        go on with an eager model.
        """
        world, eager = self.world, self.eager
        if self.is_value and not (world["values"] and eager["values"]):
            failed = world["problem"] or eager["problem"]
            reason = "{} did not come to the finding's line{}".format(self.program.name, failed)
            raise NotReachedError(reason, bool(failed), needs_arguments=bool(world["needs_arguments"]))
        # A hook may not be registered at all there, and is in eager mode.
        is_reached = world["is_reached"] or (self.is_whole and not world["problem"] and eager["is_reached"])
        if (self.is_whole or self.is_uncalled) and not is_reached:
            reason = "{} did not come to the finding's line{}".format(self.program.name, world["problem"])
            needs_arguments = bool(world["needs_arguments"])
            raise NotReachedError(reason, bool(world["problem"]), needs_arguments=needs_arguments)
        if eager["problem"] and not world["problem"]:
            raise InconclusiveError(
                "masked by: {} fails with an eager model{}".format(self.program.name, eager["problem"])
            )
        found = self._differing(world, eager)
        found = [label for label in found if label in self._by_hooks(found)]
        if not found and self.is_value and is_blank(world["values"]):
            raise InconclusiveError(BLANK)
        if not found:
            return None
        texts = (
            [side["seen"].get(TEXT, "") for side in self._without_hooks()] if found[0] == TEXT else ["", ""]
        )
        return difference_of(self.bench, found[0], eager, world, different_lines(texts[0], texts[1]))

    def _by_hooks(self, found: list[str]) -> list[str]:
        """Return which of the differences are the hooks' doing, and not the world's alone."""
        if not found:
            return []
        world, eager = self._without_hooks()
        if not (world["problem"] or eager["problem"]):
            return beyond(found, (self.world, self.eager), (world, eager))
        if not self.names:
            return found
        # It can't go on without the hooks: what is lost is put back after each call that would lose it.
        lost = [self.side(Way(is_eager=True, lost=name)) for name in self.names]
        return [label for label in found if any(label in self._differing(self.eager, side) for side in lost)]

    def _without_hooks(self) -> list[dict[str, Any]]:
        """Return both sides without the hooks, and without those that fail for want of what they keep."""
        other = Way(is_called=True) if self.is_forward else Way(is_eager=True)
        also: tuple[tuple[str, int], ...] = ()
        while True:
            sides = [self.side(way._replace(are_left_out=True, also=also)) for way in (Way(), other)]
            failing = {tuple(at) for side in sides for at in side["failing"]} - {*also}
            if not failing or len(also) >= _MAXIMAL_PARTNERS:
                return sides
            also += tuple(sorted(failing))

    def _differing(self, one: dict[str, Any], other: dict[str, Any]) -> list[str]:
        """Return what differs between two runs, and not only because no two runs are the same in it."""
        found = different(one, other)
        return beyond(found, (one, other), (self.world, self.side(Way(is_again=True))), 0.0) if found else []

    def reads(self, name: str) -> bool:
        """Tell whether the program comes to something else where what hooks keep under `name` is undone."""
        way = Way(are_left_out=True) if self.world["is_compiled"] else Way(undone=name)
        return bool(self._differing(self.world, self.side(way)))

    def leaves(self, name: str) -> bool:
        """Tell whether something else is kept under `name` at the program's end than in eager mode."""
        one, other = (side["left"].get(name, {}) for side in (self.world, self.eager))
        return not same(one, other)


class Run(Interceptor):
    """One run of the program, in a process of its own.

    Entry points do their work whatever they hand back, but for saving and loading, which copies in memory do.
    """

    def __init__(self, sides: Sides, way: Way) -> None:
        self.sides = sides
        self.way = way
        self.witness = Witness(keep=True, interceptor=self, counts=False, copies=sides.is_of_copies)
        self.saved: dict[Any, Any] = {}
        self.values: list[Any] = []
        self.are_fresh: list[bool] = []
        self.given: list[Any] = []  # by entry points, where what calls leave is to be lost
        self.made: list[tuple[Any, Any]] = []  # what entry points handed back, and had made
        self.called: list[Any] = []  # modules whose `forward` is called where the finding says
        self.called_eagerly = False
        self.put_by: list[tuple[Any, dict[Any, Any]]] = []  # tables of hooks, with what they held

    def answer(self) -> dict[str, Any]:
        """Return what the program came to, in a form that crosses processes."""
        self._prepare()
        run = self.sides.program.run
        if self.sides.is_value:
            run = observing(self.sides.bench, self.sides.program, self._observe)
        elif self.sides.is_forward:
            run = observing(self.sides.bench, self.sides.program, self._forward_of)
        fields: dict[str, Any] = {"problem": "", "seen": {}, "failing": [], "needs_arguments": False}
        seed()
        with printed() as text:
            try:
                result = run()
                is_script = not self.sides.program.function
                fields["seen"] = plain_values(result) if is_script else {RESULT: picture_of(result)}
            except (Exception, SystemExit) as error:
                fields["problem"] = ": " + one_line(error)
                fields["seen"][END] = type(error).__name__
                fields["failing"] = self._hooks_in(error)
                fields["needs_arguments"] = needs_arguments(error)
        fields["seen"][TEXT] = text[0] if text else ""
        fields["values"], fields["are_fresh"] = self.values[-20:], self.are_fresh
        own = self._own
        entries = [e for e in self.witness.entries if isinstance(e.source, nn.Module) or e.world == "compile"]
        fields["is_reached"] = bool(own and (self.called if self.sides.is_uncalled else entries))
        fields["left"] = left_by(own, self.called, self.sides.names)
        fields["is_compiled"] = any(is_compiled(self.witness.entries, each) for each in own)
        return fields

    def _prepare(self) -> None:
        self.witness.start()
        compile_without_compiler()
        if self.way.is_eager:
            nn.Module.save = lambda module, file, *_, **options: torch.jit.save(module, file, **options)
            lend_graphs(self.made)
        if self.sides.is_value or self.way.lost:
            self._watch_calls()

    # --- in torch's place ---------------------------------------------------------------------------

    def registering(self, registration: Registration) -> Answer | None:
        """Leave a hook out."""
        chain = registration.chain
        is_partner = any(place.at in self.way.also for place in chain)
        if not is_partner and not (self.way.are_left_out and self.sides.is_own(chain)):
            return None
        return Answer(torch.utils.hooks.RemovableHandle(collections.OrderedDict()))

    def registered(self, registration: Registration) -> None:
        """Put one that leaves nothing in place of a hook."""
        if self.way.undone and registration.error is None and self.sides.is_own(registration.chain):
            put_in_place(registration, self._undoing(registration))

    def entering(self, entry: Entry) -> Answer | None:
        """Keep a copy of what is saved, give one of what was; trace, export, compile nothing with hooks."""
        if self.way.never_leaves and entry.world in _COMPILING and isinstance(entry.source, nn.Module):
            if entry.world == "trace":
                call_as_tracing_does(entry)
            return Answer(entry.source)
        if self.way.is_eager and entry.world == "fx" and isinstance(entry.source, nn.Module):
            self.put_by = hooks_put_by(entry.source)
            return None
        if self.way.is_eager and entry.world == "export" and isinstance(entry.source, nn.Module):
            return Answer(EagerProgram(entry.source))
        if self.way.is_eager and entry.world == "onnx":
            return Answer(None)
        if self.way.is_eager and entry.world == "copy":
            return Answer(copy_with_hooks_of_its_own(entry.source, (entry.arguments or {}).get("memo")))
        if self.way.is_eager and entry.world == "compile":
            return Answer(not_compiled(entry.api, entry.source))
        if self.way.is_eager and entry.world == "save":
            self.saved[entry.file] = copy.deepcopy(entry.source)
            file = (entry.arguments or {}).get("f")
            if isinstance(file, (str, os.PathLike)):
                with contextlib.suppress(OSError), open(file, "wb"):
                    pass
            return Answer(None)
        if self.way.is_eager and entry.api.rpartition(".")[2] in _OF_SCRIPTS:
            return Answer(entry.source)
        if self.way.is_eager and entry.file in self.saved and entry.world == "load":
            return Answer(copy.deepcopy(self.saved[entry.file]))
        return None

    def entered(self, entry: Entry) -> None:
        """Put the hooks back that were put by while fx traced."""
        for table, hooks in self.put_by:
            table.update(hooks)
        self.put_by = []

    def returning(self, entry: Entry, result: Any) -> Any:
        """Give the eager module in place of what it became."""
        source = entry.source
        if not self.way.is_eager or entry.world in _WITHOUT_MODULE or not isinstance(source, nn.Module):
            return result
        given = source
        if self.way.is_copied:
            given = copy_with_the_same_weights(source)
        elif self.way.lost:
            given = copy.copy(source)
            self.given.append(given)
        self.made.append((given, result))
        return given

    # --- the flagged value --------------------------------------------------------------------------

    def _observe(self, value: Any) -> Any:
        self.values.append(picture(value))
        self.are_fresh.append(self.called_eagerly)
        return value

    def _forward_of(self, module: Any) -> Any:
        """Return the flagged `forward`, or the module itself in its place."""
        is_met = any(module is each for each in self.called)
        self.called += [] if is_met else [module]
        # An eager module's `forward` is as it is meant, unless that is what is flagged.
        is_left = isinstance(module, torch.jit.ScriptModule) or self.sides.is_uncalled
        return module if self.way.is_called and is_left else module.forward

    def _watch_calls(self) -> None:
        """Note calls of eager modules that something was made from, and put back what is to be lost."""
        original = nn.Module.__call__

        def call(module: Any, *arguments: Any, **options: Any) -> Any:
            is_own = self.witness.is_idle()
            if is_own and any(entry.source is module for entry in self.witness.entries):
                self.called_eagerly = True
            if not is_own or not any(each is module for each in self.given):
                return original(module, *arguments, **options)
            before = Snapshot(self._roots())
            try:
                return original(module, *arguments, **options)
            finally:
                put_back(before, self._roots(), self.way.lost)

        nn.Module.__call__ = call

    # --- what hooks keep ----------------------------------------------------------------------------

    @property
    def _own(self) -> list[Registration]:
        return [r for r in self.witness.registrations if r.api != "found" and self.sides.is_own(r.chain)]

    def _roots(self) -> list[tuple[str, Any]]:
        modules = {id(r.module): r.module for r in self._own if r.module is not None}
        hooks = [("hook", r.hook.callable) for r in self._own]
        return [("model", module) for module in modules.values()] + hooks

    def _hooks_in(self, error: BaseException) -> list[tuple[str, int]]:
        """Return where the hooks were registered that an error was raised in."""
        frames = describe(error)["frames"]
        return [
            registration.chain[0].at
            for registration in self.witness.registrations
            if registration.chain
            for code in codes_of(registration.hook.callable)
            if any(has_line(code, path, line) for path, line in frames)
        ]

    def _undoing(self, registration: Registration) -> Any:
        """Return a hook that does what the registered one does and puts back what that leaves."""
        hook = registration.hook.callable
        roots = [("hook", hook)]
        if registration.module is not None:
            roots.append(("model", registration.module))

        def call(*arguments: Any, **options: Any) -> Any:
            before = Snapshot(roots)
            result = hook(*arguments, **options)
            put_back(before, roots, self.way.undone)
            return result

        return call
