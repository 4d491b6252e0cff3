"""Reads functions for what they load, bind to one another, reset and call, by the names of the places."""

from __future__ import annotations

from hookproof.semantic.bindings import nested_statements
from hookproof.semantic.definitions import ClassDefinition, External, FunctionDefinition
from hookproof.semantic.effect_names import CHANGERS, RESETS
from hookproof.semantic.expressions import children, statement_expressions
from hookproof.semantic.names import Node, is_class, node_of, result_of
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.semantic.tables import Load, Tables
from hookproof.semantic.units import Spot, Unit
from hookproof.syntax import ir

# How the names of classes begin whose objects hold what is put into them.
_CONTAINERS = ("builtins.dict", "builtins.list", "builtins.set", "collections.")
_PARTIALS = frozenset({"functools.partial", "functools.partialmethod"})


class Walk:
    """Reads one unit into the tables."""

    def __init__(self, tables: Tables, unit: Unit, project: Project) -> None:
        self._tables, self._unit, self._project = tables, unit, project
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
        if self._unit.owner is not None and function.parameters:
            own = ("variable", self._scope.file.path, function.at, function.parameters[0].name)
            self._tables.bind(own, _inside_of(self._unit.owner, self._project))
        for parameter in function.parameters:
            if parameter.default is not None:
                own = ("variable", self._scope.file.path, function.at, parameter.name)
                self._tables.bind(own, node_of(parameter.default, outer, self._project))
        self._statements(function.body)

    def _statements(self, body: tuple[ir.Stmt, ...]) -> None:
        for statement in body:
            self._statement(statement)
            is_loop = isinstance(statement, (ir.For, ir.While))
            outer = self._loops
            if is_loop:
                self._loops = (*outer, statement.at)
                if isinstance(statement, ir.While):
                    self._test(statement.test)
            for inner in nested_statements(statement):
                self._statements(inner)
            self._loops = outer

    def _statement(self, statement: ir.Stmt) -> None:
        tables = self._tables
        match statement:
            case ir.Assign(targets=targets, value=value) if value is not None:
                self._expression(value, is_bare=True)
                for target in targets:
                    self._target(target)
                    if isinstance(target, ir.Sequence):
                        for item in target.items:
                            tables.bind(self._node(item), self._node(value))
                        continue
                    tables.bind(self._node(target), self._node(value))
                    self._made(target, value)
                return
            case ir.AugAssign(target=target, value=value):
                self._expression(value)
                self._target(target)
                return
            case ir.Return(value=value) if value is not None and self._unit.function is not None:
                self._expression(value, is_bare=self._unit.name != "forward")
                own = result_of(self._scope.file.path, self._unit.function.at)
                node = self._node(value)
                tables.bind(own, node)
                if node is not None:
                    tables.returned.setdefault(node, []).append(self._spot(statement.at))
                return
            case ir.If(test=test):
                self._test(test)
                return
            case ir.For(target=target, iter=iterable):
                self._expression(iterable)
                self._target(target)
                return
            case ir.Delete(targets=targets):
                for target in targets:
                    node = self._node(target)
                    if node is not None:
                        tables.resets.setdefault(node, []).append(self._spot(statement.at))
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
        tables, node = self._tables, self._node(target)
        if node is None:
            return
        match value:
            case ir.Sequence(items=()) | ir.Mapping(keys=()) | ir.Constant():
                if self._unit.name not in {"__init__", ""}:
                    tables.resets.setdefault(node, []).append(self._spot(0))
                if self._unit.name != "__init__":
                    tables.rebound.setdefault(node, []).append(self._spot(target.at))
            case ir.Call(func=func):
                cls = is_class(func, self._scope, self._project)
                if cls is not None:
                    tables.instances[node] = cls
                    tables.bind(node, _inside_of(cls, self._project))

    def _test(self, expr: ir.Expr) -> None:
        """Read a condition: what stands there by itself is asked whether it holds anything."""
        match expr:
            case ir.Operation(op="and" | "or" | "not", operands=operands):
                for operand in operands:
                    self._test(operand)
            case ir.Name() | ir.Attribute():
                self._note_asked(expr, is_presence=True)
            case _:
                self._expression(expr)

    def _expression(self, expr: ir.Expr, *, is_bare: bool = False) -> None:
        match expr:
            case ir.Operation(op="not", operands=(operand,)):
                self._test(operand)
            case ir.Operation(op="in" | "not in", operands=(key, container)):
                self._expression(key)
                self._note_asked(container, is_presence=True)
            case ir.Operation(
                operands=(ir.Call(func=ir.Name(id="len"), args=[argument]), ir.Constant(value=0 | 1))
            ):
                self._note_asked(argument.value, is_presence=True)
            case ir.Call(func=ir.Name(id="bool"), args=[argument]):
                self._test(argument.value)
            case ir.Call(func=ir.Attribute(value=container, attr="keys"), args=()):
                self._note("keys", expr.at)
                self._note_asked(container, is_presence=True)
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
                node = self._node(value) if _is_minus_one(index) else None
                if node is not None:
                    self._add(node, getattr(value, "at", 0), is_last=True)
            case ir.Conditional(test=test, body=body, orelse=orelse):
                self._test(test)
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
        tables = self._tables
        if self._unit not in tables.calls and isinstance(call.func, (ir.Attribute, ir.Subscript, ir.Name)):
            tables.calls[self._unit] = call.at
        definition = self._project.resolve(self._scope, call.func)
        match call.func:
            case ir.Attribute(value=value, attr=attr) if attr in CHANGERS | RESETS and attr != "setdefault":
                self._note(attr, call.at)
                node = self._node(value)
                if attr in RESETS and node is not None:
                    tables.resets.setdefault(node, []).append(self._spot(call.at))
                self._expression(value, is_bare=attr not in RESETS - {"clear", "remove", "discard"})
            case ir.Attribute(value=value, attr=attr):
                self._note(attr, call.at)
                if not isinstance(definition, (FunctionDefinition, External, ClassDefinition)):
                    self._load(call.func, None, is_bare=False)
                self._expression(value, is_bare=is_bare and self._node(call) is not None)
            case ir.Name(id="getattr" | "hasattr"):
                self._load(call, None, is_bare=False)
            case ir.Name(id="len") if len(call.args) == 1 and isinstance(definition, External):
                self._note_asked(call.args[0].value, is_size=True)
                return
            case _:
                self._expression(call.func)
        self._arguments(call, definition)

    def _arguments(self, call: ir.Call, definition: object) -> None:
        tables = self._tables
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
            given = self._node(argument.value)
            if own is not None and given is not None:
                tables.given.append((given, own, self._spot(argument.value.at)))
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
            self._add(node, getattr(expr, "at", 0), is_bare=is_bare)

    def _note_asked(self, value: ir.Expr, *, is_size: bool = False, is_presence: bool = False) -> None:
        node = self._node(value)
        if node is None or not isinstance(value, (ir.Name, ir.Attribute)):
            self._expression(value)
            return
        self._expression(value, is_bare=True)
        self._add(node, value.at, is_size=is_size, is_presence=is_presence)

    def _add(self, node: Node, at: int, **asked: bool) -> None:
        self._tables.loads.setdefault(node, []).append(Load(self._spot(at), node, **asked))

    def _note(self, name: str, at: int) -> None:
        self._tables.mentions.setdefault(name, []).append(self._spot(at))

    def _node(self, expr: ir.Expr) -> Node | None:
        return node_of(expr, self._scope, self._project)

    def _spot(self, at: int) -> Spot:
        return Spot(self._unit, at, self._loops)


def _inside_of(cls: ClassDefinition, project: Project) -> Node | None:
    """Return the place of what objects of a class keep in themselves, None where it is no container."""
    bases = (base.qualname for base in project.mro(cls) if isinstance(base, External))
    return ("inside", cls.qualname) if any(base.startswith(_CONTAINERS) for base in bases) else None


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
