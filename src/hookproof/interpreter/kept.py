"""Who reads what a hook keeps: the model's own `forward`, another hook, or the program later on.

Files are read as they stand, not run. Places are told apart by name (see `hookproof.semantic.names`), and two
that are bound to one another are one. A function's statements count for wherever its name is met.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal, TypeAlias

from msgspec import Struct

from hookproof.interpreter.effect import Effect
from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.location import Location
from hookproof.semantic.names import Node
from hookproof.semantic.project import Project
from hookproof.semantic.reading import Walk
from hookproof.semantic.scope import Scope
from hookproof.semantic.tables import Load, Tables
from hookproof.semantic.units import Spot, Unit, loops_around, units_of
from hookproof.syntax.source_file import SourceFile

Loss: TypeAlias = Literal["sure", "perhaps", "none"]

_ON_INSTANCES = frozenset(
    {
        "__call__",
        "__getitem__",
        "__iter__",
        "__len__",
        "__contains__",
        "__enter__",
        "__exit__",
        "__next__",
        "__del__",
    }
)
_MAX_SPOTS = 400


class Moment(Struct, frozen=True):
    """A use of a script module: where it is, and whether it is called there, saved, or given to somebody."""

    location: Location
    kind: Literal["called", "given", "saved"]


class Readers:
    """What some files read, bind to one another and reset."""

    def __init__(self, project: Project, files: Iterable[SourceFile]) -> None:
        self._project = project
        self._tables = Tables()
        self.units = [unit for file in files for unit in units_of(file, project)]
        for unit in self.units:
            Walk(self._tables, unit, project).run()

    def loss(
        self,
        effect: Effect,
        moments: Iterable[Moment],
        hooks: frozenset[tuple[str, int]],
        eager: Iterable[Location],
        *,
        own_class: ClassDefinition | None = None,
        holders: frozenset[Location] = frozenset(),
        around: frozenset[Location] = frozenset(),
        is_baked: bool = True,
        made: Location | None = None,
        is_of_value: bool = False,
        is_whole: bool = False,
    ) -> Loss:
        """Return whether the program misses what a hook no longer keeps, once a script module is used.

        Where it `is_of_value`, who asks only how much there is, or whether, misses nothing; where the
        program `is_whole`, nobody else reads what it leaves.

        `hooks` are the functions that are hooks, `eager` the calls of the eager model. Of classes,
        `own_class` is that of a module whose own `forward` runs before the hook, `around` are those of
        modules that hold it, `holders` those of eager modules around the script module. Where the hook
        `is_baked`, `forward` had it. It ran once when that was `made`, where that is given, and would have
        run once more since.
        """
        if effect.node is None:
            return "none"
        wanted = self._tables.family(effect.node) if effect.is_inside else {effect.node}
        reads = self._reads(effect, effect.node)
        if is_of_value:
            reads = [load for load in reads if not (load.is_size or load.is_presence)]
        uses = self._upward({self.spot(moment.location) for moment in moments}, frozenset())
        calls = [self.spot(location) for location in eager]
        found: set[Loss] = set()
        grows = effect.kind == "adds"
        is_reset = any(self._tables.resets.get(node) for node in wanted)
        if made is not None and not self._is_told_apart(wanted, reads, made, uses):
            return "none"
        for load in reads:
            one = self._read(load, effect, uses, calls, hooks, own_class, holders, around, is_baked=is_baked)
            # It ran once, and may put the same things there again: then there are as many, or some.
            is_as_before = (load.is_size and not grows) or load.is_presence
            is_alike = is_as_before and is_baked and not is_reset
            found.add("perhaps" if is_alike and one == "sure" else one)
            if load.is_last:
                grows = False
        returns = self._returns(wanted)
        if any(spot.unit is use.unit and spot.is_after(use) for spot in returns for use in uses):
            found.add("perhaps")  # whoever calls that function gets it
        elif not reads:
            return "perhaps" if not is_whole and self._is_left_for_others(effect) else "none"
        if grows and not is_reset and any(self._in_forward(load.spot.unit, uses) for load in reads):
            found.add("perhaps")
        return "sure" if "sure" in found else "perhaps" if "perhaps" in found else "none"

    def _is_told_apart(
        self, wanted: Iterable[Node], reads: Iterable[Load], made: Location, uses: set[Spot]
    ) -> bool:
        """Return whether what is kept is reset, or read, between the making of something and its use."""
        start = self.spot(made)
        return self._are_reset(wanted, start) or any(
            load.spot.unit is use.unit and start.unit is use.unit and start.at < load.spot.at < use.at
            for load in reads
            for use in uses
        )

    def _are_reset(self, wanted: Iterable[Node], start: Spot) -> bool:
        """Return whether something is thrown away from some point on, as far as that is known."""
        resets = [spot for node in wanted for spot in self._tables.resets.get(node) or ()]
        # What stands at the start, or elsewhere, is how it is first bound.
        rebound = [spot for node in wanted for spot in self._tables.rebound.get(node) or ()]
        return any(spot.unit is start.unit and spot.at >= start.at for spot in rebound) or any(
            spot.at and (spot.unit is not start.unit or spot.at >= start.at) for spot in resets
        )

    def is_reset_since(self, effect: Effect, made: Location) -> bool:
        """Return whether what an effect keeps may be thrown away once something was made."""
        if effect.node is None:
            return False
        wanted = self._tables.family(effect.node) if effect.is_inside else {effect.node}
        return self._are_reset(wanted, self.spot(made))

    def is_read(self, effect: Effect, hooks: frozenset[tuple[str, int]], *, is_whole: bool = False) -> Loss:
        """Return whether anything but hooks and `forward` reads what is kept, at any time."""
        if effect.node is None:
            return "none"
        reads = [load.spot.unit for load in self._reads(effect, effect.node)]
        if any(not self._is_hook(unit, hooks) and not self._in_forward(unit, set()) for unit in reads):
            return "sure"
        if reads:
            return "none"
        wanted = self._tables.family(effect.node) if effect.is_inside else {effect.node}
        is_returned = any(not self._is_hook(spot.unit, hooks) for spot in self._returns(wanted))
        is_left = not is_whole and self._is_left_for_others(effect)
        return "perhaps" if is_returned or is_left else "none"

    def is_reset(
        self, effect: Effect, hooks: frozenset[tuple[str, int]], since: Location, until: Location
    ) -> bool:
        """Return whether anything but hooks and `forward` empties what is kept between two places."""
        if effect.node is None:
            return False
        wanted = self._tables.family(effect.node) if effect.is_inside else {effect.node}
        begins = self._upward({self.spot(since)}, frozenset())
        ends = self._upward({self.spot(until)}, frozenset())
        resets = [spot for node in wanted for spot in self._tables.resets.get(node, ()) if spot.at]
        return any(
            not self._is_hook(spot.unit, hooks)
            and not self._in_forward(spot.unit, set())
            and any(
                (reached.unit is begin.unit and reached.is_after(begin))
                or (reached.unit is end.unit and end.is_after(reached))
                for reached in self._upward({spot}, frozenset())
                for begin in begins
                for end in ends
            )
            for spot in resets
        )

    def _returns(self, wanted: Iterable[Node]) -> list[Spot]:
        """Return where functions, a `forward` apart, hand these places to whoever calls them."""
        spots = [spot for node in wanted for spot in self._tables.returned.get(node, ())]
        return [spot for spot in spots if not self._in_forward(spot.unit, set())]

    def reads_attribute(self, name: str, hooks: frozenset[tuple[str, int]]) -> bool:
        """Return whether anything but hooks reads an attribute of that name."""
        loads = self._tables.loads.get(("attribute", name), ())
        return any(not self._is_hook(load.spot.unit, hooks) for load in loads)

    def _read(
        self,
        load: Load,
        effect: Effect,
        uses: set[Spot],
        eager: list[Spot],
        hooks: frozenset[tuple[str, int]],
        own_class: ClassDefinition | None,
        holders: frozenset[Location],
        around: frozenset[Location],
        *,
        is_baked: bool,
    ) -> Loss:
        spot = load.spot
        if self._is_hook(spot.unit, hooks):
            return "none"
        if spot.unit.owner is not None and spot.unit.owner.location in holders:
            return "sure"
        if is_baked and self._in_forward(spot.unit, uses):
            owner = spot.unit.owner
            is_own = (
                own_class is not None and owner is not None and _is_one_of(own_class, owner, self._project)
            )
            is_early = (
                spot.unit.name == "forward"
                and (owner is None or owner.location in around)
                and self._tables.calls.get(spot.unit, spot.at) >= spot.at
            )
            return "perhaps" if is_own or is_early else "none"
        found: Loss = "none"
        for reached in self._upward({spot}, hooks):
            for use in uses:
                if not reached.is_after(use) or (reached.at == use.at and reached.unit is spot.unit):
                    continue
                is_renewed = effect.kind == "keeps" and any(
                    call.is_after(use) and reached.is_after(call) and not reached.loops for call in eager
                )
                if not is_renewed:
                    return "sure"
            if not self._mentions_of(reached.unit) and all(reached.unit is not use.unit for use in uses):
                found = "perhaps" if reached.unit.function is not None else found
        return found

    def _upward(self, spots: set[Spot], hooks: frozenset[tuple[str, int]]) -> set[Spot]:
        """Return these points, and those at which the functions around them are called, and so on."""
        found, pending = set(spots), list(spots)
        while pending:
            spot = pending.pop()
            for caller in self._mentions_of(spot.unit):
                is_neutral = self._is_hook(caller.unit, hooks) or caller.unit.name == "forward"
                if caller not in found and not is_neutral and len(found) < _MAX_SPOTS:
                    found.add(caller)
                    pending.append(caller)
        return found

    def _mentions_of(self, unit: Unit) -> list[Spot]:
        if unit.function is None:
            return []
        if unit.owner is not None and unit.name in {"__init__", "__post_init__"}:
            return [
                spot for spot in self._tables.mentions.get(unit.owner.node.name, ()) if spot.unit is not unit
            ]
        if unit.owner is not None and unit.name in _ON_INSTANCES:
            nodes = [node for node, cls in self._tables.instances.items() if cls.node is unit.owner.node]
            return [
                load.spot
                for node in nodes
                for load in self._tables.loads.get(node, ())
                if load.spot.unit is not unit
            ]
        return [spot for spot in self._tables.mentions.get(unit.name, ()) if spot.unit is not unit]

    def _is_hook(self, unit: Unit, hooks: frozenset[tuple[str, int]]) -> bool:
        """Return whether a unit is a hook, or stands in one, or is called by hooks only."""
        chain = unit.scope.functions
        if any((unit.scope.file.path, function.at) in hooks for function in chain):
            return True
        callers = {spot.unit for spot in self._mentions_of(unit)}
        return bool(callers) and all(
            any((caller.scope.file.path, f.at) in hooks for f in caller.scope.functions) for caller in callers
        )

    def _in_forward(self, unit: Unit, uses: set[Spot]) -> bool:
        """Tell whether a unit is a `forward`, or only such call it, and none of it uses the script module."""
        if any(use.unit is unit for use in uses):
            return False
        seen, pending = {unit}, [unit]
        is_met = False
        while pending:
            one = pending.pop()
            if _is_forward(one):
                if any(use.unit is one for use in uses):
                    return False
                is_met = True
                continue
            callers = [spot.unit for spot in self._mentions_of(one)]
            if not callers:
                return False
            for caller in callers:
                if caller not in seen:
                    seen.add(caller)
                    pending.append(caller)
        return is_met

    def _reads(self, effect: Effect, node: Node) -> list[Load]:
        """Return where something is read that an effect changes."""
        return self._tables.reads(node) if effect.is_inside else list(self._tables.loads.get(node, ()))

    def _is_left_for_others(self, effect: Effect) -> bool:
        """Return whether it looks as if somebody will read it, though nobody does here: a count, a flag."""
        if effect.on_module:
            return True
        is_global = effect.node is not None and effect.node[0] == "variable" and effect.node[2] == -1
        return is_global and effect.kind == "adds"

    def spot(self, location: Location) -> Spot:
        """Return the point of a place."""
        best: Unit | None = None
        loops: tuple[int, ...] = ()
        for unit in self.units:
            if unit.scope.file.path != location.path:
                continue
            inside = loops_around(unit, location.at)
            if inside is not None and (
                best is None or len(unit.scope.functions) >= len(best.scope.functions)
            ):
                best, loops = unit, inside
        return Spot(best if best is not None else Unit(Scope(location.file)), location.at, loops)


def _is_forward(unit: Unit) -> bool:
    """Return whether a unit is a method such as `forward` or `forward_features`, or stands in one."""
    if unit.owner is None:
        return False
    return any(
        "forward" in function.name for function in unit.scope.functions[len(unit.owner.scope.functions) :]
    )


def _is_one_of(cls: ClassDefinition, other: ClassDefinition, project: Project) -> bool:
    return any(isinstance(base, ClassDefinition) and base.node is other.node for base in project.mro(cls))


class _Known:
    """What the files of one project read."""

    def __init__(self, project: Project) -> None:
        self.readers: dict[frozenset[str], Readers] = {}

    def forget(self, resting: Collection[str]) -> None:
        """Forget what these files read."""
        for paths in [paths for paths in self.readers if not paths.isdisjoint(resting)]:
            del self.readers[paths]


def readers_of(project: Project, files: Iterable[SourceFile]) -> Readers:
    """Return what these files read, made once for each set of files."""
    by_path = {file.path: file for file in files}
    known = project.once(_Known).readers
    key = frozenset(by_path)
    if key not in known:
        known[key] = Readers(project, [by_path[path] for path in sorted(by_path)])
    return known[key]
