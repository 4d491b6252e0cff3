"""Who reads what a hook keeps: the model's own `forward`, another hook, or the program later on.

Files are read as they stand, not run. Places are told apart by name (see `hookproof.link.names`), and two
that are bound to one another are one. A function's statements count for wherever its name is met.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias
from weakref import WeakKeyDictionary

from msgspec import Struct

from hookproof.collect import ir
from hookproof.collect.source_file import SourceFile
from hookproof.link.bindings import nested_statements
from hookproof.link.case import Scope
from hookproof.link.definitions import ClassDefinition, External, FunctionDefinition
from hookproof.link.expressions import children, statement_expressions
from hookproof.link.hook_effects import CHANGERS, RESETS, Effect
from hookproof.link.names import Node, is_class, node_of, result_of
from hookproof.link.nested_classes import class_at
from hookproof.link.place import Place
from hookproof.link.project import Project

MomentKind: TypeAlias = Literal["called", "saved", "given"]
Loss: TypeAlias = Literal["sure", "perhaps", "none"]

_PARTIALS = frozenset({"functools.partial", "functools.partialmethod"})
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


class Unit(Struct, eq=False):
    """A function, or the statements of a file: what runs from top to bottom."""

    scope: Scope
    function: ir.Function | None = None
    owner: ClassDefinition | None = None

    @property
    def name(self) -> str:
        """The function's name, nothing for a file."""
        return self.function.name if self.function is not None else ""


class Spot(Struct, frozen=True):
    """A point in a unit, and the loops around it there."""

    unit: Unit
    at: int
    loops: tuple[int, ...] = ()

    def is_after(self, other: Spot) -> bool:
        """Whether this runs behind the other, perhaps in a later turn of a loop."""
        return self.unit is other.unit and (self.at > other.at or bool(set(self.loops) & set(other.loops)))


class Load(Struct, frozen=True):
    """A place where a variable or attribute is read; `is_bare` where that only binds it to another name."""

    spot: Spot
    node: Node
    is_bare: bool = False
    is_last: bool = False


class Moment(Struct, frozen=True):
    """A use of a script module: where it is, and whether it is called there, saved, or given to somebody."""

    place: Place
    kind: MomentKind


class Readers:
    """What some files read, bind to one another and reset."""

    def __init__(self, project: Project, files: Iterable[SourceFile]) -> None:
        self._project = project
        self._loads: dict[Node, list[Load]] = {}
        self._mentions: dict[str, list[Spot]] = {}
        self._resets: dict[Node, list[Spot]] = {}
        self._calls: dict[Unit, int] = {}
        self._instances: dict[Node, ClassDefinition] = {}
        self._same: dict[Node, Node] = {}
        self.units = [unit for file in files for unit in _units(file, project)]
        self._by_function = {
            (unit.scope.file.path, unit.function.at): unit for unit in self.units if unit.function
        }
        for unit in self.units:
            _Walk(self, unit, project).run()

    # --- filled by the walk --------------------------------------------------------------------------

    def bind(self, one: Node | None, other: Node | None) -> None:
        """Note that two places hold one object."""
        if one is not None and other is not None:
            left, right = self._root(one), self._root(other)
            if left != right:
                self._same[max(left, right, key=repr)] = min(left, right, key=repr)

    def _root(self, node: Node) -> Node:
        while node in self._same:
            node = self._same[node]
        return node

    # --- questions -----------------------------------------------------------------------------------

    def loss(
        self,
        effect: Effect,
        moments: Iterable[Moment],
        hooks: frozenset[tuple[str, int]],
        eager: Iterable[Place],
        *,
        own_class: ClassDefinition | None = None,
        is_baked: bool = True,
    ) -> Loss:
        """Tell whether the program misses what a hook no longer keeps, once a script module is used.

        `hooks` are the functions that are hooks, `eager` the calls of the eager model; `own_class` is that of
        a module whose own `forward` runs before the hook. Where the hook `is_baked`, `forward` had it.
        """
        if effect.node is None:
            return "none"
        wanted = self._family(effect.node) if effect.is_inside else {effect.node}
        loads = [load for node in wanted for load in self._loads.get(node, ())]
        reads = [load for load in loads if not (load.is_bare and effect.is_inside)]
        uses = self._upward({self.spot(moment.place) for moment in moments}, frozenset())
        calls = [self.spot(place) for place in eager]
        found: set[Loss] = set()
        grows = effect.kind == "adds"
        for load in reads:
            found.add(self._read(load, effect, uses, calls, hooks, own_class, is_baked=is_baked))
            if load.is_last:
                grows = False
        is_reset = any(self._resets.get(node) for node in wanted)
        if not reads:
            return "perhaps" if self._is_left_for_others(effect) else "none"
        if grows and not is_reset and any(self._in_forward(load.spot.unit, uses) for load in reads):
            found.add("perhaps")
        return "sure" if "sure" in found else "perhaps" if "perhaps" in found else "none"

    def is_read(self, effect: Effect, hooks: frozenset[tuple[str, int]]) -> Loss:
        """Tell whether anything but hooks and `forward` reads what is kept, at any time."""
        if effect.node is None:
            return "none"
        wanted = self._family(effect.node) if effect.is_inside else {effect.node}
        loads = [load for node in wanted for load in self._loads.get(node, ())]
        reads = [load.spot.unit for load in loads if not (load.is_bare and effect.is_inside)]
        if any(not self._is_hook(unit, hooks) and not self._in_forward(unit, set()) for unit in reads):
            return "sure"
        return "perhaps" if not reads and self._is_left_for_others(effect) else "none"

    def _read(
        self,
        load: Load,
        effect: Effect,
        uses: set[Spot],
        eager: list[Spot],
        hooks: frozenset[tuple[str, int]],
        own_class: ClassDefinition | None,
        *,
        is_baked: bool,
    ) -> Loss:
        spot = load.spot
        if self._is_hook(spot.unit, hooks):
            return "none"
        if is_baked and self._in_forward(spot.unit, uses):
            owner = spot.unit.owner
            is_own = (
                own_class is not None and owner is not None and _is_one_of(own_class, owner, self._project)
            )
            is_early = spot.unit.name == "forward" and self._calls.get(spot.unit, spot.at) >= spot.at
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
            return [spot for spot in self._mentions.get(unit.owner.node.name, ()) if spot.unit is not unit]
        if unit.owner is not None and unit.name in _ON_INSTANCES:
            nodes = [node for node, cls in self._instances.items() if cls.node is unit.owner.node]
            return [
                load.spot
                for node in nodes
                for load in self._loads.get(node, ())
                if load.spot.unit is not unit
            ]
        return [spot for spot in self._mentions.get(unit.name, ()) if spot.unit is not unit]

    def _is_hook(self, unit: Unit, hooks: frozenset[tuple[str, int]]) -> bool:
        """Tell whether a unit is a hook, or stands in one, or is called by hooks only."""
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
            if any(
                function.name == "forward" or "forward" in function.name for function in one.scope.functions
            ):
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

    def _family(self, node: Node) -> set[Node]:
        root = self._root(node)
        return {other for other in {*self._loads, *self._same, node, root} if self._root(other) == root}

    def _is_left_for_others(self, effect: Effect) -> bool:
        """Tell whether it looks as if somebody will read it, though nobody does here: a count, a flag."""
        if effect.on_module:
            return True
        is_global = effect.node is not None and effect.node[0] == "variable" and effect.node[2] == -1
        return is_global and effect.kind == "adds"

    def spot(self, place: Place) -> Spot:
        """Return the point of a place."""
        best: Unit | None = None
        loops: tuple[int, ...] = ()
        for unit in self.units:
            if unit.scope.file.path != place.path:
                continue
            inside = _loops_around(unit, place.at)
            if inside is not None and (
                best is None or len(unit.scope.functions) >= len(best.scope.functions)
            ):
                best, loops = unit, inside
        return Spot(best if best is not None else Unit(Scope(place.file)), place.at, loops)


_MAX_SPOTS = 400


class _Walk:
    """Reads one unit into the tables of a `Readers`."""

    def __init__(self, readers: Readers, unit: Unit, project: Project) -> None:
        self._readers, self._unit, self._project = readers, unit, project
        self._scope = unit.scope
        self._loops: tuple[int, ...] = ()

    def run(self) -> None:
        """Read the unit's statements, and the defaults of its parameters."""
        function = self._unit.function
        if function is None:
            for block in self._scope.file.outline.blocks:
                if block.kind == "code":
                    self._statements(self._scope.file.block(block.index))
            return
        outer = Scope(self._scope.file, self._scope.functions[:-1])
        for parameter in function.parameters:
            if parameter.default is not None:
                own = ("variable", self._scope.file.path, function.at, parameter.name)
                self._readers.bind(own, node_of(parameter.default, outer, self._project))
        self._statements(function.body)

    def _statements(self, body: tuple[ir.Stmt, ...]) -> None:
        for statement in body:
            self._statement(statement)
            is_loop = isinstance(statement, (ir.For, ir.While))
            outer = self._loops
            if is_loop:
                self._loops = (*outer, statement.at)
                if isinstance(statement, ir.While):
                    self._expression(statement.test)
            for inner in nested_statements(statement):
                self._statements(inner)
            self._loops = outer

    def _statement(self, statement: ir.Stmt) -> None:
        readers = self._readers
        match statement:
            case ir.Assign(targets=targets, value=value) if value is not None:
                self._expression(value, is_bare=True)
                for target in targets:
                    self._target(target)
                    if isinstance(target, ir.Sequence):
                        for item in target.items:
                            readers.bind(self._node(item), self._node(value))
                        continue
                    readers.bind(self._node(target), self._node(value))
                    self._made(target, value)
                return
            case ir.AugAssign(target=target, value=value):
                self._expression(value)
                self._target(target)
                return
            case ir.Return(value=value) if value is not None and self._unit.function is not None:
                self._expression(value, is_bare=self._unit.name != "forward")
                own = result_of(self._scope.file.path, self._unit.function.at)
                readers.bind(own, self._node(value))
                return
            case ir.For(target=target, iter=iterable):
                self._expression(iterable)
                self._target(target)
                return
            case ir.Delete(targets=targets):
                for target in targets:
                    node = self._node(target)
                    if node is not None:
                        readers._resets.setdefault(node, []).append(self._spot(statement.at))
                return
        for expr in statement_expressions(statement):
            self._expression(expr)
        if isinstance(statement, ir.With):
            for context in statement.items:
                if context.target is not None:
                    self._made(context.target, context.context)
        if isinstance(statement, ir.Assert) and statement.message is not None:
            self._expression(statement.message)

    def _target(self, target: ir.Expr) -> None:
        """Read what an assignment reads to find its target, and note what it makes anew."""
        match target:
            case ir.Sequence(items=items):
                for item in items:
                    self._target(item)
            case ir.Attribute(value=value):
                self._expression(value, is_bare=True)
            case ir.Subscript(value=value, index=index):
                self._expression(index)
                if not isinstance(value, ir.Name):
                    self._expression(value, is_bare=True)

    def _made(self, target: ir.Expr, value: ir.Expr) -> None:
        readers, node = self._readers, self._node(target)
        if node is None:
            return
        match value:
            case ir.Sequence(items=()) | ir.Mapping(keys=()) | ir.Constant():
                if self._unit.name not in {"__init__", ""}:
                    readers._resets.setdefault(node, []).append(self._spot(0))
            case ir.Call(func=func):
                cls = is_class(func, self._scope, self._project)
                if cls is not None:
                    readers._instances[node] = cls

    def _expression(self, expr: ir.Expr, *, is_bare: bool = False) -> None:
        match expr:
            case ir.Name(id=name):
                self._load(expr, name, is_bare=is_bare)
            case ir.Attribute(value=value, attr=attr):
                self._load(expr, attr, is_bare=is_bare)
                self._expression(value, is_bare=True)
            case ir.Call():
                self._call(expr, is_bare=is_bare)
            case ir.Subscript(value=value, index=index):
                self._expression(index)
                self._expression(value)
                if _is_minus_one(index):
                    self._note_last(value)
            case ir.Conditional(test=test, body=body, orelse=orelse):
                self._expression(test)
                self._expression(body, is_bare=is_bare)
                self._expression(orelse, is_bare=is_bare)
            case ir.Lambda():
                return  # a unit of its own
            case ir.Comprehension(elements=elements, clauses=clauses):
                outer, self._loops = self._loops, (*self._loops, expr.at)
                for inner in (*elements, *(e for c in clauses for e in (c.iter, *c.conditions))):
                    self._expression(inner)
                self._loops = outer
            case _:
                for child in children(expr):
                    self._expression(child, is_bare=is_bare and isinstance(expr, (ir.Walrus, ir.Starred)))

    def _call(self, call: ir.Call, *, is_bare: bool) -> None:
        readers = self._readers
        if self._unit not in readers._calls and isinstance(call.func, (ir.Attribute, ir.Subscript, ir.Name)):
            readers._calls[self._unit] = call.at
        definition = self._project.resolve(self._scope, call.func)
        match call.func:
            case ir.Attribute(value=value, attr=attr) if attr in CHANGERS | RESETS and attr != "setdefault":
                self._note(attr, call.at)
                node = self._node(value)
                if attr in RESETS and node is not None:
                    readers._resets.setdefault(node, []).append(self._spot(call.at))
                self._expression(value, is_bare=attr not in RESETS - {"clear", "remove", "discard"})
            case ir.Attribute(value=value, attr=attr):
                self._note(attr, call.at)
                if not isinstance(definition, (FunctionDefinition, External, ClassDefinition)):
                    self._load(call.func, None, is_bare=False)
                self._expression(value, is_bare=is_bare and self._node(call) is not None)
            case _:
                self._expression(call.func)
        self._arguments(call, definition)

    def _arguments(self, call: ir.Call, definition: object) -> None:
        readers = self._readers
        args = call.args
        if isinstance(definition, External) and definition.qualname in _PARTIALS and args:
            target = args[0].value
            self._expression(target)
            definition, args = self._callee(target), args[1:]
        else:
            definition = self._callee(call.func)
        for position, argument in enumerate(args):
            own = None
            if isinstance(definition, FunctionDefinition) and not argument.star:
                own = _parameter(definition, position, argument.keyword, call)
            if own is not None:
                readers.bind(own, self._node(argument.value))
            self._expression(argument.value, is_bare=own is not None)

    def _callee(self, func: ir.Expr) -> FunctionDefinition | None:
        """Return the function of the project that a call enters, by name where its object is not known."""
        definition = self._project.resolve(self._scope, func)
        if isinstance(definition, FunctionDefinition):
            return definition
        if isinstance(definition, ClassDefinition):
            made = self._project.member(definition, "__init__")
            return made if isinstance(made, FunctionDefinition) else None
        if definition is None and isinstance(func, ir.Attribute):
            owner = self._unit.owner
            is_self = isinstance(func.value, ir.Name) and func.value.id == self._self_name()
            found = self._project.member(owner, func.attr) if owner is not None and is_self else None
            return found if isinstance(found, FunctionDefinition) else None
        return None

    def _self_name(self) -> str:
        functions = self._scope.functions
        outermost = functions[0] if functions else None
        return outermost.parameters[0].name if outermost is not None and outermost.parameters else ""

    def _load(self, expr: ir.Expr, name: str | None, *, is_bare: bool) -> None:
        node = self._node(expr)
        if name is not None:
            self._note(name, getattr(expr, "at", 0))
        if node is not None:
            load = Load(self._spot(getattr(expr, "at", 0)), node, is_bare)
            self._readers._loads.setdefault(node, []).append(load)

    def _note_last(self, value: ir.Expr) -> None:
        node = self._node(value)
        if node is not None:
            load = Load(self._spot(getattr(value, "at", 0)), node, False, True)
            self._readers._loads.setdefault(node, []).append(load)

    def _note(self, name: str, at: int) -> None:
        self._readers._mentions.setdefault(name, []).append(self._spot(at))

    def _node(self, expr: ir.Expr) -> Node | None:
        return node_of(expr, self._scope, self._project)

    def _spot(self, at: int) -> Spot:
        return Spot(self._unit, at, self._loops)


# --- units -------------------------------------------------------------------------------------------


def _units(file: SourceFile, project: Project) -> Iterator[Unit]:
    yield Unit(Scope(file))
    for block in file.outline.blocks:
        if block.kind == "import":
            continue
        owner = class_at(file, block.owner, block.within) if block.owner is not None else None
        yield from _within(file.block(block.index), Scope(file), owner, project)


def _within(
    body: tuple[ir.Stmt, ...], scope: Scope, owner: ClassDefinition | None, project: Project
) -> Iterator[Unit]:
    """Yield the functions that stand in statements, those in them and in their classes too."""
    for statement in body:
        if isinstance(statement, ir.Define):
            yield from _function(statement.function, scope, owner, project)
        elif isinstance(statement, ir.Class):
            qualname = project.qualname(scope, statement.name)
            cls = ClassDefinition(statement, scope, qualname)
            yield from _within(statement.body, scope, cls, project)
        else:
            for expr in statement_expressions(statement):
                yield from _lambdas(expr, scope, owner, project)
            for inner in nested_statements(statement):
                yield from _within(inner, scope, owner, project)


def _function(
    function: ir.Function, scope: Scope, owner: ClassDefinition | None, project: Project
) -> Iterator[Unit]:
    inner = Scope(scope.file, (*scope.functions, function))
    yield Unit(inner, function, owner)
    yield from _within(function.body, inner, owner, project)


def _lambdas(expr: ir.Expr, scope: Scope, owner: ClassDefinition | None, project: Project) -> Iterator[Unit]:
    if isinstance(expr, ir.Lambda):
        yield from _function(expr.function, scope, owner, project)
        return
    for child in children(expr):
        yield from _lambdas(child, scope, owner, project)


def _loops_around(unit: Unit, at: int) -> tuple[int, ...] | None:
    """Return the loops around a node within a unit, None where it stands elsewhere."""
    if unit.function is not None:
        return _find(unit.function.body, at, ())
    for block in unit.scope.file.outline.blocks:
        if block.kind == "code":
            found = _find(unit.scope.file.block(block.index), at, ())
            if found is not None:
                return found
    return None


def _find(body: tuple[ir.Stmt, ...], at: int, loops: tuple[int, ...]) -> tuple[int, ...] | None:
    for statement in body:
        if statement.at == at or any(_has(expr, at) for expr in _all_expressions(statement)):
            return loops
        deeper = (*loops, statement.at) if isinstance(statement, (ir.For, ir.While)) else loops
        for inner in nested_statements(statement):
            found = _find(inner, at, deeper)
            if found is not None:
                return found
    return None


def _all_expressions(statement: ir.Stmt) -> Iterator[ir.Expr]:
    yield from statement_expressions(statement)
    if isinstance(statement, ir.Assign):
        yield from statement.targets
    if isinstance(statement, ir.Assert) and statement.message is not None:
        yield statement.message


def _has(expr: ir.Expr, at: int) -> bool:
    if getattr(expr, "at", None) == at:
        return True
    return any(_has(child, at) for child in children(expr))


def _parameter(
    definition: FunctionDefinition, position: int, keyword: str | None, call: ir.Call
) -> Node | None:
    """Return the place of the parameter that an argument goes to."""
    function = definition.function
    names = [
        p.name for p in function.parameters if p.kind in {"positional", "positional-only", "keyword-only"}
    ]
    is_method = definition.owner is not None and "staticmethod" not in definition.decorator_names
    name = keyword
    if name is None:
        number = position + is_method
        name = names[number] if number < len(names) else None
    if name not in names or name is None:
        return None
    return ("variable", definition.scope.file.path, function.at, name)


def _is_minus_one(index: ir.Expr) -> bool:
    match index:
        case ir.Operation(op="-", operands=(ir.Constant(value=1),)) | ir.Constant(value=-1):
            return True
    return False


def _is_one_of(cls: ClassDefinition, other: ClassDefinition, project: Project) -> bool:
    return any(isinstance(base, ClassDefinition) and base.node is other.node for base in project.mro(cls))


_known: WeakKeyDictionary[Project, dict[frozenset[str], Readers]] = WeakKeyDictionary()


def readers_of(project: Project, files: Iterable[SourceFile]) -> Readers:
    """Return what these files read, made once for each set of files."""
    by_path = {file.path: file for file in files}
    known = _known.setdefault(project, {})
    key = frozenset(by_path)
    if key not in known:
        known[key] = Readers(project, [by_path[path] for path in sorted(by_path)])
    return known[key]
