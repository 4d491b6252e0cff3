"""Runs a program and compares each use of what left eager mode with the same use of the eager module."""

from __future__ import annotations

import ast
import collections
import sys
from typing import TYPE_CHECKING, Any, Iterator

from . import imports
from .callgraph import dotted
from .flagged import observing
from .hook_codes import is_hook_of
from .installed import nn, torch
from .never_called import NeverCalled
from .observe import seed
from .outcome import InconclusiveError, NotReachedError, describe, in_fork, one_line
from .plain_hooks import plain_hook
from .program import Program
from .sides import Sides
from .sources import source_of
from .state import Snapshot, attribute_names
from .twins import Difference, Twins, checked, compare_forward
from .use_inputs import Use, inputs_for, loaded_again
from .uses import eager_source, made_from, of_modules, traced_with, watch_uses
from .witness import Answer, Entry, Interceptor, Place, Registration, Witness
from .witness.hooked_modules import put_in_place

if TYPE_CHECKING:
    from .bench import Bench

_MAXIMAL_USES = 8  # that are compared in one run
_MAXIMAL_AFTER_KEPT = 2  # once it is known what hooks keep


class _Decided(BaseException):
    """Ends a program whose answer is known; no program catches it by `except Exception`."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference)
        self.difference = difference


def answer_of(program: Program, found: Difference | None) -> dict[str, Any]:
    """Return the attempt: what differs, or that nothing does."""
    found = found or Difference("what the hook does", "the same", "the same")
    fields = {"name": program.name, "error": None, "shown_by": program.shown_by}
    return dict(fields, what=found.what, eager=found.eager, torchscript=found.world)


class Comparison(Interceptor):
    """One run of one program, each use of what left eager mode compared with the eager module's.

    `is_alone` leaves the program's other hooks out, `is_plain` puts one that prints in the finding's place;
    the program was made for `hook`, where that is given.
    """

    def __init__(
        self,
        bench: Bench,
        program: Program,
        is_alone: bool = False,
        is_plain: bool = False,
        hook: Any = None,
    ) -> None:
        self.bench = bench
        self.program = program
        self.is_alone = is_alone
        self.is_plain = is_plain
        self.hook = hook
        self.witness = Witness(keep=True, interceptor=self, counts=False)
        self.compared: list[Any] = []
        self.problem: BaseException | None = None
        self.result: Any = None
        self.before: list[tuple[Entry, Twins, Snapshot]] = []
        self.kept: list[Difference] = []
        self.is_later = False  # whether the program itself makes no use that shows what is kept
        self.is_handed_out = False
        self.is_reached = False  # where the finding is about a call of forward
        self.is_compared = False  # whether a use could be compared
        self.refusal: InconclusiveError | None = None  # why one could not be
        self.decided: Difference | None = None  # what differs for all to see

    def answer(self) -> dict[str, Any]:
        """Return the attempt: what differs, or that nothing does."""
        observes = self.bench.setup["observes"]
        if observes == "value" and self.bench.setup["runs"] == "program":
            return answer_of(self.program, Sides(self.bench, self.program, lambda _: True).compare())
        if observes == "never called":
            return answer_of(self.program, NeverCalled(self.bench, self.program, self._is_about).compare())
        if observes == "forward" and self.bench.experiment["world"] == "uncalled":
            return answer_of(self.program, Sides(self.bench, self.program, lambda _: True).compare())
        if observes == "program":
            return answer_of(self.program, Sides(self.bench, self.program, self._is_about).compare())
        if observes == "saved attribute":
            return answer_of(self.program, self._lost_on_save())
        run = self.program.run
        if observes == "forward":
            run = observing(self.bench, self.program, self._forward_of)
        self.witness.start()
        if observes != "forward":
            watch_uses(self.witness, self._used)
        found = None
        try:
            self.result = run()
            found = self._at_the_end()
        except _Decided as decided:
            found = decided.difference
        except InconclusiveError:
            raise
        except MemoryError:
            raise
        except BaseException as error:
            self.problem = error
            found = self._caused_by_hook() or self._at_the_end()
        found = self.decided or found  # the program may have caught what was to end it
        if found is None and self.kept:
            return {"kept": self._what_is_kept()}
        if found is None:
            self._assert_reached()
            if self.refusal is not None and not self.is_compared:
                raise self.refusal
        return answer_of(self.program, found)

    def _what_is_kept(self) -> dict[str, Any]:
        return {
            "changes": [list(change) for change in self.kept],
            "chains": [[place.at for place in r.chain] for r in self.chosen()[0]],
            "is_later": self.is_later,
            "is_handed_out": self.is_handed_out,
        }

    def _lost_on_save(self) -> Difference | None:
        """Return what the program sees of an attribute that is not saved, or what others will miss."""
        sides = Sides(self.bench, self.program, lambda _: True)
        found: Difference | None = checked(sides.compare)
        if found is not None:
            return found
        self.witness.start()
        try:
            self.program.run()
        except (Exception, SystemExit) as error:
            self.problem = error
        self._assert_reached()
        saved = [entry.source for entry in self.witness.entries if entry.world == "save"]
        if not saved:
            raise NotReachedError("{} does not save what its hook is on".format(self.program.name))
        entries = self.witness.entries
        loaded = [made_from(entries, entry) for entry in entries if entry.world == "load"]
        attribute = str(self.bench.experiment.get("attribute") or "").rpartition(".")[2]
        for module in saved:
            if attribute in attribute_names(module) and not any(module is each for each in loaded):
                with self.witness.paused():
                    if not hasattr(loaded_again(module), attribute):
                        what = "{} is there after saving and loading".format(attribute)
                        return Difference(what, "True", "False")
        return None

    def _forward_of(self, module: Any) -> Any:
        """Return the flagged `forward`; of what left eager mode one that is compared with the call."""
        self.is_reached = True
        if not isinstance(module, torch.jit.ScriptModule):
            return module.forward

        def forward(*arguments: Any, **options: Any) -> Any:
            with self.witness.paused():
                found = checked(lambda: compare_forward(self.witness, module, arguments, options), [])
            self._note(found)
            return module.forward(*arguments, **options)

        return forward

    # --- which hooks --------------------------------------------------------------------------------

    def _is_flagged(self, chain: tuple[Place, ...], is_removal: bool = False) -> bool:
        e, last = self.bench.experiment, self.bench.experiment["end_line"]
        if is_removal and sys.version_info < (3, 10):
            # There a `with` is left on the last line that ran in it.
            statement = self.bench.source.statement_on(e["line"])
            last = statement.end_lineno or last if isinstance(statement, ast.With) else last
        return any(p.path == e["path"] and e["line"] <= p.line <= last for p in chain)

    def _is_named(self, chain: tuple[Place, ...]) -> bool:
        e = self.bench.experiment
        place = (e.get("registration_path"), e.get("registration_line"))
        return any(p.at == place for p in chain)

    def _is_about(self, chain: tuple[Place, ...]) -> bool:
        return self._is_flagged(chain) or self._is_named(chain)

    def chosen(self) -> tuple[list[Registration], bool]:
        """Return the registrations that the finding is about, and whether it is about their removal."""
        events = [r for r in self.witness.registrations if r.api != "found"]
        if self.hook is not None:
            return [r for r in events if r.hook.callable is self.hook], False
        removed = [r for r in events if self._is_flagged(r.removed_chain, is_removal=True)]
        if removed:
            return removed, True
        at_line = [r for r in events if self._is_flagged(r.chain)]
        if at_line:
            return at_line, False
        of_hook = [r for r in events if is_hook_of(self.bench.experiment, r.hook.callable)]
        if of_hook:
            return of_hook, False
        return [r for r in events if self._is_named(r.chain)], False

    def registering(self, registration: Registration) -> Answer | None:
        """Leave a hook out that the finding is not about, where it is to be shown alone."""
        chain = registration.chain
        if not self.is_alone or self._is_about(chain):
            return None
        return Answer(torch.utils.hooks.RemovableHandle(collections.OrderedDict()))

    def registered(self, registration: Registration) -> None:
        """Put a plain hook in place of the finding's."""
        if self.is_plain and registration.error is None:
            put_in_place(registration, plain_hook(registration, self.bench.folder, is_told=True))

    # --- uses ---------------------------------------------------------------------------------------

    @property
    def _kinds(self) -> tuple[str, ...]:
        """The kinds of use in which the hooks would do something."""
        api = str(self.bench.experiment.get("api"))
        if "state_dict" not in api:
            return ("call",)
        return ("load_state_dict",) if "load" in api else ("state_dict",)

    def _used(self, kind: str, module: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.compared.append(module)
        maximum = _MAXIMAL_AFTER_KEPT if self.kept else _MAXIMAL_USES
        if kind in self._kinds and len(self.compared) <= maximum:
            self._compare(Use(kind, module, arguments, options))

    def _compare(self, use: Use) -> None:
        with self.witness.paused():
            registrations, is_removed = self.chosen()
            if not registrations:
                return
            twins = Twins(self.witness, registrations, use.module, is_removed)
            try:
                found = twins.compare(use)
                self.is_compared = True
            except InconclusiveError as error:
                self.refusal = error
                return
        self._note(found)

    def _note(self, found: list[Difference]) -> None:
        """End the program by a difference that is seen as it happens; keep what hooks keep."""
        for difference in found:
            if not difference.kept:
                self.decided = difference
                raise _Decided(difference)
            if not any(difference.kept == known.kept for known in self.kept):
                self.kept.append(difference)

    def _at_the_end(self) -> Difference | None:
        """Compare what was made and never used, where something is left that could use it."""
        is_used = bool(self.kept)
        for entry in self._unused():
            try:
                for use in self._later_uses(entry):
                    self._compare(use)
                    self.is_later = bool(self.kept) and not is_used
                    self.is_handed_out = self.is_handed_out or self._is_handed_out(entry)
            except _Decided as decided:
                return decided.difference
            except InconclusiveError:
                continue
        return None

    def _unused(self) -> list[Entry]:
        entries = [e for e in of_modules(self.witness.entries) if isinstance(e.result, nn.Module)]
        entries = [e for e in entries if not any(e.result is used for used in self.compared)]
        # Behind a mask nothing says what would have become of it.
        return [entry for entry in entries if self.is_plain or not _is_thrown_away(entry)][:_MAXIMAL_USES]

    def _is_handed_out(self, entry: Entry) -> bool:
        """Tell whether a function of the project gives what left eager mode to whoever calls it."""
        return bool(self.program.function) and _holds(self.result, entry.result)

    def _later_uses(self, entry: Entry) -> Iterator[Use]:
        source = eager_source(self.witness.entries, entry.result)
        if source is None:
            return
        for kind in self._kinds:
            if kind == "call":
                arguments = traced_with(entry)
                if arguments is None:
                    with self.witness.paused():
                        arguments = inputs_for(self.bench, source)
                yield Use(kind, entry.result, arguments, {})
            elif kind == "state_dict":
                yield Use(kind, entry.result, (), {})
            else:
                state = {name: value.clone() for name, value in source.state_dict().items()}
                yield Use(kind, entry.result, (state,), {})

    # --- what it came to ----------------------------------------------------------------------------

    def _caused_by_hook(self) -> Difference | None:
        """Tell whether an entry point failed on what the hooks did in Python, and does not without them."""
        for entry, twins, before in self.before:
            if entry.error is None:
                continue

            def again(
                entry: Entry = entry, twins: Twins = twins, before: Snapshot = before
            ) -> dict[str, Any]:
                before.restore_all()
                twins.take_off()
                seed()
                getattr(torch.jit, entry.api.rpartition(".")[2])(**(entry.arguments or {}))
                return {}

            try:
                with self.witness.paused():
                    in_fork(again)
            except InconclusiveError:
                continue
            said = "raises {}: {}".format(entry.error.type, entry.error.message.split("\n")[0])
            return Difference(entry.api, "passes without the hook", said[:200])
        return None

    def entering(self, entry: Entry) -> Answer | None:
        """Keep the state before a trace, which runs hooks; take what is saved for used."""
        if entry.world == "save":
            self.compared.append(entry.source)
        is_module = isinstance(entry.source, nn.Module)
        if is_module and traced_with(entry) is not None and self.bench.setup["observes"] != "forward":
            registrations, is_removed = self.chosen()
            twins = Twins(self.witness, registrations, entry.source, is_removed)
            if twins.placed:
                self.before.append((entry, twins, Snapshot(twins.roots(entry.source))))
        return None

    def _assert_reached(self) -> None:
        e = self.bench.experiment
        registrations, _ = self.chosen()
        if self.is_reached:
            return
        problem, name = self.problem, self.program.name
        failed = "" if problem is None else ": " + one_line(problem) + imports.advice_on(problem)
        events: list[Any] = [*self.witness.entries, *self.witness.registrations]
        is_torchs = any(event.error is not None for event in events)
        cause = describe(problem) if problem is not None and is_torchs else None
        missed = ""
        place = (e.get("entry_path"), e.get("entry_line")) if self.hook is None else (None, None)
        if not registrations:
            missed = "{} did not come to the finding's line{}"
        elif place[0] and not any(entry.has_passed(place) for entry in of_modules(self.witness.entries)):
            missed = "{} did not come to the entry point{}"
        if missed:
            is_cut_short, needs_arguments = problem is not None, imports.needs_arguments(problem)
            reason = missed.format(name, failed)
            raise NotReachedError(reason, is_cut_short, cause, "", needs_arguments) from problem
        if problem is not None and not self.compared:
            raise InconclusiveError("masked by: {} fails{}".format(name, failed), cause) from problem


def _holds(value: Any, wanted: Any, depth: int = 3) -> bool:
    """Tell whether a result is or holds a module."""
    if value is wanted or depth == 0:
        return value is wanted
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return any(_holds(part, wanted, depth - 1) for part in parts)


def _is_thrown_away(entry: Entry) -> bool:
    """Tell whether the call of an entry point is a statement of its own, whose result nobody has."""
    try:
        path, line = entry.chain[0].at
        statement = source_of(path).statement_on(line)
    except (IndexError, InconclusiveError):
        return False
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] == entry.api.rpartition(".")[2]
