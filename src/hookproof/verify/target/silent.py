"""Runs a program and looks for what hooks do in eager mode and no longer do in another world."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING, Any, Iterator

from . import instances, sides
from .callgraph import dotted
from .flagged import observing
from .hook_codes import is_hook_of
from .imports import advice_on
from .installed import nn, torch
from .observe import seed
from .outcome import InconclusiveError, NotReachedError, in_fork, one_line
from .programs import Program
from .sources import source_of
from .state import Snapshot
from .twins import Difference, Twins, Use, checked, compare_forward
from .watch import Entry, Registration, Watch

if TYPE_CHECKING:
    from .bench import Bench

_MAXIMAL_USES = 8  # that are compared in one run


class _Decided(BaseException):
    """Ends a program whose answer is known; no program catches it by `except Exception`."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference)
        self.difference = difference


def run(bench: Bench, program: Program) -> dict[str, Any]:
    """Run `program` and return what differs. Raises `NotReachedError` where it misses the finding."""
    return _Comparison(bench, program).answer()


class _Comparison:
    """One run of one program, each use of what left eager mode compared with the eager module's."""

    def __init__(self, bench: Bench, program: Program) -> None:
        self.bench = bench
        self.program = program
        self.watch = Watch()
        self.compared: list[Any] = []
        self.problem: BaseException | None = None
        self.result: Any = None
        self.entered: list[tuple[Entry, Twins, Snapshot]] = []
        self.is_reached = False  # where the finding is about a call of forward

    def answer(self) -> dict[str, Any]:
        """Return the attempt: what differs, or that nothing does."""
        observes = self.bench.setup["observes"]
        if observes == "value" and self.bench.setup["runs"] == "program":
            return self._fields(sides.compare(self.bench, self.program, self._is_any_hook))
        run = self.program.run
        if observes == "forward":
            run = observing(self.bench, self.program, self._forward_of)
        else:
            self.watch.used = self._used
            self.watch.entering = self._entering
        self.watch.start()
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
        if found is None:
            self._assert_reached()
        return self._fields(found)

    def _fields(self, found: Difference | None) -> dict[str, Any]:
        found = found or Difference("what the hook does", "the same", "the same")
        fields = {"name": self.program.name, "error": None, "shown_by": self.program.shown_by}
        return dict(fields, what=found.what, eager=found.eager, torchscript=found.world)

    def _is_any_hook(self, _: list[tuple[str, int]]) -> bool:
        return True

    def _forward_of(self, module: Any) -> Any:
        """Return the flagged `forward`; of what left eager mode one that is compared with the call."""
        self.is_reached = True
        if not isinstance(module, torch.jit.ScriptModule):
            return module.forward

        def forward(*arguments: Any, **options: Any) -> Any:
            with self.watch.within():
                found = checked(lambda: compare_forward(self.watch, module, arguments, options))
            if found is not None:
                raise _Decided(found)
            return module.forward(*arguments, **options)

        return forward

    # --- which hooks --------------------------------------------------------------------------------

    def chosen(self) -> tuple[list[Registration], bool]:
        """Return the registrations that the finding is about, and whether it is about their removal."""
        e, events = self.bench.experiment, self.watch.registrations

        def is_flagged(chain: list[tuple[str, int]]) -> bool:
            return any(path == e["path"] and e["line"] <= line <= e["end_line"] for path, line in chain)

        removed = [r for r in events if is_flagged(r.removed_chain)]
        if removed:
            return removed, True
        at_line = [r for r in events if is_flagged(r.chain)]
        if at_line:
            return at_line, False
        of_hook = [r for r in events if is_hook_of(e, r.hook)]
        if of_hook:
            return of_hook, False
        place = (e.get("registration_path"), e.get("registration_line"))
        return [r for r in events if place in r.chain], False

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
        if kind in self._kinds and len(self.compared) <= _MAXIMAL_USES:
            self._compare(Use(kind, module, arguments, options))

    def _compare(self, use: Use) -> None:
        with self.watch.within():
            registrations, is_removed = self.chosen()
            if not registrations:
                return
            twins = Twins(self.watch, registrations, use.module, is_removed)
            found = checked(lambda: twins.compare(use))
        if found is not None:
            raise _Decided(found)

    def _at_the_end(self) -> Difference | None:
        """Compare what was made and never used, where something is left that could use it."""
        for entry in self._unused():
            try:
                for use in self._later_uses(entry):
                    self._compare(use)
            except _Decided as decided:
                return decided.difference
            except InconclusiveError:
                continue
        return None

    def _unused(self) -> list[Entry]:
        entries = [e for e in self.watch.entries if isinstance(e.result, nn.Module)]
        entries = [e for e in entries if not any(e.result is used for used in self.compared)]
        return [entry for entry in entries if not _is_thrown_away(entry)][:_MAXIMAL_USES]

    def _later_uses(self, entry: Entry) -> Iterator[Use]:
        source = self.watch.eager_source(entry.result)
        if source is None:
            return
        for kind in self._kinds:
            if kind == "call":
                arguments = entry.arguments
                if arguments is None:
                    with self.watch.within():
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
        for entry, twins, before in self.entered:
            if entry.error is None:
                continue

            def again(
                entry: Entry = entry, twins: Twins = twins, before: Snapshot = before
            ) -> dict[str, Any]:
                before.restore_all()
                twins.take_off()
                seed()
                entry.again()
                return {}

            try:
                with self.watch.within():
                    in_fork(again)
            except InconclusiveError:
                continue
            said = "raises {}: {}".format(entry.error["type"], entry.error["message"].split("\n")[0])
            return Difference("torch.jit." + entry.api, "passes without the hook", said[:200])
        return None

    def _entering(self, entry: Entry) -> None:
        """Keep the state before a trace, which runs hooks."""
        if entry.arguments is None:
            return
        with self.watch.within():
            registrations, is_removed = self.chosen()
            twins = Twins(self.watch, registrations, entry.source, is_removed)
            if twins.placed:
                self.entered.append((entry, twins, Snapshot(twins.roots(entry.source))))

    def _assert_reached(self) -> None:
        e = self.bench.experiment
        registrations, _ = self.chosen()
        if self.is_reached:
            return
        failed = "" if self.problem is None else ": " + one_line(self.problem) + advice_on(self.problem)
        if not registrations:
            raise NotReachedError("{} did not come to the finding's line{}".format(self.program.name, failed))
        place = (e.get("entry_path"), e.get("entry_line"))
        if place[0] and not any(place in entry.chain for entry in self.watch.entries):
            raise NotReachedError("{} did not come to the entry point{}".format(self.program.name, failed))
        if self.problem is not None and not self.compared:
            raise InconclusiveError("masked by: {} fails{}".format(self.program.name, failed))


def _is_thrown_away(entry: Entry) -> bool:
    """Tell whether the call of an entry point is a statement of its own, whose result nobody has."""
    try:
        path, line = entry.chain[0]
        statement = source_of(path).statement_on(line)
    except (IndexError, InconclusiveError):
        return False
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] == entry.api


def inputs_for(bench: Bench, source: Any) -> tuple[Any, ...]:
    """Return inputs with which the eager module runs: as the project calls it, else made up.

    They are looked for in a fork, where hooks leave nothing behind.
    """
    texts = bench.experiment.get("inputs", [])
    namespace = {"torch": torch, "nn": nn}

    def look() -> dict[str, Any]:
        seed()
        for number, arguments in enumerate(instances.input_choices(source, texts, namespace)):
            try:
                with torch.no_grad():
                    source(*arguments)
            except BaseException:
                continue
            return {"number": number}
        return {"number": None}

    number = in_fork(look)["number"]
    if number is None:
        raise InconclusiveError("no inputs were found with which {} runs".format(type(source).__name__))
    seed()
    found = next(itertools.islice(instances.input_choices(source, texts, namespace), number, None))
    return tuple(found)
