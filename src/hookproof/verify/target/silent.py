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
from .uses import eager_source, of_modules, traced_with, watch_uses
from .witness import Answer, Entry, Interceptor, Place, Registration, Witness

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


class _Comparison(Interceptor):
    """One run of one program, each use of what left eager mode compared with the eager module's."""

    def __init__(self, bench: Bench, program: Program) -> None:
        self.bench = bench
        self.program = program
        self.witness = Witness(keep=True, interceptor=self, counts=False)
        self.compared: list[Any] = []
        self.problem: BaseException | None = None
        self.result: Any = None
        self.before: list[tuple[Entry, Twins, Snapshot]] = []
        self.is_reached = False  # where the finding is about a call of forward

    def answer(self) -> dict[str, Any]:
        """Return the attempt: what differs, or that nothing does."""
        observes = self.bench.setup["observes"]
        if observes == "value" and self.bench.setup["runs"] == "program":
            return self._fields(sides.compare(self.bench, self.program, self._is_any_hook))
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
        if found is None:
            self._assert_reached()
        return self._fields(found)

    def _fields(self, found: Difference | None) -> dict[str, Any]:
        found = found or Difference("what the hook does", "the same", "the same")
        fields = {"name": self.program.name, "error": None, "shown_by": self.program.shown_by}
        return dict(fields, what=found.what, eager=found.eager, torchscript=found.world)

    def _is_any_hook(self, _: tuple[Place, ...]) -> bool:
        return True

    def _forward_of(self, module: Any) -> Any:
        """Return the flagged `forward`; of what left eager mode one that is compared with the call."""
        self.is_reached = True
        if not isinstance(module, torch.jit.ScriptModule):
            return module.forward

        def forward(*arguments: Any, **options: Any) -> Any:
            with self.witness.paused():
                found = checked(lambda: compare_forward(self.witness, module, arguments, options))
            if found is not None:
                raise _Decided(found)
            return module.forward(*arguments, **options)

        return forward

    # --- which hooks --------------------------------------------------------------------------------

    def chosen(self) -> tuple[list[Registration], bool]:
        """Return the registrations that the finding is about, and whether it is about their removal."""
        e = self.bench.experiment
        events = [r for r in self.witness.registrations if r.api != "found"]

        def is_flagged(chain: tuple[Place, ...]) -> bool:
            return any(p.path == e["path"] and e["line"] <= p.line <= e["end_line"] for p in chain)

        removed = [r for r in events if is_flagged(r.removed_chain)]
        if removed:
            return removed, True
        at_line = [r for r in events if is_flagged(r.chain)]
        if at_line:
            return at_line, False
        of_hook = [r for r in events if is_hook_of(e, r.hook.callable)]
        if of_hook:
            return of_hook, False
        place = (e.get("registration_path"), e.get("registration_line"))
        return [r for r in events if any(p.at == place for p in r.chain)], False

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
        with self.witness.paused():
            registrations, is_removed = self.chosen()
            if not registrations:
                return
            twins = Twins(self.witness, registrations, use.module, is_removed)
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
        entries = [e for e in of_modules(self.witness.entries) if isinstance(e.result, nn.Module)]
        entries = [e for e in entries if not any(e.result is used for used in self.compared)]
        return [entry for entry in entries if not _is_thrown_away(entry)][:_MAXIMAL_USES]

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
        failed = "" if self.problem is None else ": " + one_line(self.problem) + advice_on(self.problem)
        if not registrations:
            raise NotReachedError("{} did not come to the finding's line{}".format(self.program.name, failed))
        place = (e.get("entry_path"), e.get("entry_line"))
        if place[0] and not any(entry.has_passed(place) for entry in of_modules(self.witness.entries)):
            raise NotReachedError("{} did not come to the entry point{}".format(self.program.name, failed))
        if self.problem is not None and not self.compared:
            raise InconclusiveError("masked by: {} fails{}".format(self.program.name, failed))


def _is_thrown_away(entry: Entry) -> bool:
    """Tell whether the call of an entry point is a statement of its own, whose result nobody has."""
    try:
        path, line = entry.chain[0].at
        statement = source_of(path).statement_on(line)
    except (IndexError, InconclusiveError):
        return False
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] == entry.api.rpartition(".")[2]


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
