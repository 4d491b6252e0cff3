"""Expressions of a hook's body: what they do to the hook parameter and what they stand for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from hookproof.collect import ir
from hookproof.finding import Use
from hookproof.link import touch_calls, touch_guards
from hookproof.link.case import Scope, Touch
from hookproof.link.place import Place
from hookproof.link.touch_guards import Guards, TestReader, as_operand
from hookproof.link.touch_values import (
    ELEMENT,
    Elements,
    MaybeModule,
    MembersValue,
    MethodValue,
    ModuleValue,
    NamespaceValue,
    TupleValue,
    Value,
    child,
    children,
    join,
    member,
    spell,
)

if TYPE_CHECKING:
    from hookproof.link.project import Project
    from hookproof.torchscript.types import TorchType


_MODULE_DICT = "torch.nn.ModuleDict"


class ExpressionWalk(ABC):
    """One function's walk. `environment` says what its names stand for, `guards` what it stands under."""

    def __init__(
        self,
        project: Project,
        scope: Scope,
        environment: dict[str, Value | None],
        active: tuple[int, ...],
        helpers: tuple[Place, ...] = (),
        guards: Guards = touch_guards.NONE,
        touches: list[Touch] | None = None,
    ) -> None:
        self.project = project
        self.scope = scope
        self.environment = environment
        self.active = active
        self.helpers = helpers
        self.guards = guards
        self.touches: list[Touch] = [] if touches is None else touches
        self.muted = 0
        self.tests = TestReader(project, scope, self.peek)

    @abstractmethod
    def nested(self, function: ir.Function) -> None:
        """Walk a function or lambda that captures the module, as if it ran where it is defined."""

    @abstractmethod
    def enter(
        self, function: ir.Function, scope: Scope, environment: dict[str, Value | None], place: Place
    ) -> None:
        """Walk a helper function that the call at `place` passes a module to."""

    @abstractmethod
    def bind(self, target: ir.Expr, value: Value | None) -> None:
        """Let an assignment target stand for `value`."""

    def class_names(self, classes: ir.Expr) -> tuple[str, ...]:
        """Return the classes of an `isinstance` test by name."""
        return self.tests.class_names(classes, 4)

    # --- expressions -------------------------------------------------------------------------------

    def peek(self, expr: ir.Expr) -> Value | None:
        """Return what an expression stands for without recording anything."""
        self.muted += 1
        try:
            return self.evaluate(expr)
        finally:
            self.muted -= 1

    def evaluate(self, expr: ir.Expr) -> Value | None:
        """Record what an expression does to the module and return what it stands for."""
        match expr:
            case ir.Name(id=name):
                return self.environment.get(name)
            case ir.Attribute():
                return self.attribute(expr, self.evaluate(expr.value), "read", "attribute", expr.attr)
            case ir.Call():
                return touch_calls.call(self, expr)
            case ir.Subscript():
                return self._subscript(expr)
            case ir.Sequence(items=items, kind=kind):
                values = tuple(self.evaluate(item) for item in items)
                for item, value in zip(items, values, strict=True):
                    self._stored(item, value)
                return TupleValue(values) if kind != "set" else None
            case ir.Conditional(test=test, body=body, orelse=orelse):
                self.condition(test)
                read = self.tests.read(test)
                return join(self._under(read.yes, body), self._under(read.no, orelse))
            case ir.Walrus(target=target, value=value):
                found = self.evaluate(value)
                self.environment[target.id] = found
                return found
            case ir.Operation():
                self._operation(expr)
            case ir.Lambda(function=function):
                self.nested(function)
            case ir.Comprehension():
                return self._comprehension(expr)
            case ir.Mapping(keys=keys, values=values):
                for entry in (*keys, *values):
                    if entry is not None:
                        self._stored(entry, self.evaluate(entry))
            case ir.Starred(value=value):
                self.evaluate(value)
            case ir.Opaque(children=parts):
                for part in parts:
                    self.evaluate(part)
        return None

    def attribute(
        self,
        node: ir.Expr,
        base: Value | None,
        use: Use,
        operation: str,
        name: str,
        call: ir.Call | None = None,
    ) -> Value | None:
        """Record `base.name` and return what it stands for."""
        if isinstance(base, ModuleValue):
            self.record(use, operation, node, base, name, call=call)
            return member(base, name)
        if isinstance(base, MethodValue):
            holder = ModuleValue((*base.module.path, base.name), None)
            self.record(use, "method attribute", node, holder, name, call=call)
        elif isinstance(base, MaybeModule) and name in {"forward", "__class__"}:
            module = ModuleValue(base.path, None)
            self.record(use, operation, node, module, name, call=call)
            return member(module, name)
        return None

    def _operation(self, expr: ir.Operation) -> None:
        outer = self.guards
        for operand in expr.operands:
            if expr.op in {"and", "or", "not"}:
                self.condition(operand)
                read = self.tests.read(operand)
                if expr.op != "not":
                    self.guards |= as_operand(read.yes if expr.op == "and" else read.no)
            else:
                value = self.evaluate(operand)
                self.record_module("read", _operand_use(expr, operand), operand, value)
        self.guards = outer

    def condition(self, expr: ir.Expr) -> None:
        """Record what a condition does to the module, and that the module itself is one."""
        self.record_module("read", "truth", expr, self.evaluate(expr))

    def _subscript(self, expr: ir.Subscript) -> Value | None:
        base = self.evaluate(expr.value)
        index = self.evaluate(expr.index)
        if isinstance(index, ModuleValue):
            self.record_module("read", "identity", expr.index, index)
        key = _literal_key(expr.index)
        if isinstance(base, NamespaceValue) and key is not None:
            self.record("read", "namespace item", expr, base.module, key)
            return None
        if isinstance(base, MembersValue):
            return child(base.module, key or ELEMENT) if base.name == "_modules" else None
        if isinstance(base, TupleValue) and key is not None and key.isdigit() and int(key) < len(base.items):
            return base.items[int(key)]
        if not isinstance(base, ModuleValue):
            return None
        is_slice = isinstance(expr.index, ir.Opaque) and expr.index.syntax == "slice"
        fixed = key is not None or is_slice
        self.record("read", "index" if fixed else "variable index", expr, base, None)
        return (
            None if is_slice else child(base, key if key is not None and not key.startswith("-") else ELEMENT)
        )

    def _comprehension(self, expr: ir.Comprehension) -> Value | None:
        before, outer = dict(self.environment), self.guards
        for clause in expr.clauses:
            iterated = self.evaluate(clause.iter)
            self.iterated(clause.iter, iterated)
            self.bind(clause.target, self.element(iterated))
            for condition in clause.conditions:
                self.condition(condition)
                self.guards |= self.tests.read(condition).yes
        values = [self.evaluate(element) for element in expr.elements]
        for element, value in zip(expr.elements, values, strict=True):
            self._stored(element, value)
        self.environment, self.guards = before, outer
        return Elements(values[0]) if len(values) == 1 and values[0] is not None else None

    def _under(self, guards: Guards, expr: ir.Expr) -> Value | None:
        outer, self.guards = self.guards, self.guards | guards
        value = self.evaluate(expr)
        self.guards = outer
        return value

    def _optional(self, expr: ir.Expr | None) -> None:
        if expr is not None:
            self.evaluate(expr)

    def _stored(self, expr: ir.Expr, value: Value | None) -> None:
        if isinstance(value, ModuleValue):
            self.record_module("read", "identity", expr, value)

    # --- iteration ---------------------------------------------------------------------------------

    def iterated(self, expr: ir.Expr, value: Value | None) -> None:
        """Record that a value is iterated over."""
        if isinstance(value, ModuleValue):
            self.record("read", "iterate", expr, value, None)
        elif isinstance(value, MembersValue):
            self.record("read", "iterate", expr, value.module, value.name)

    def element(self, value: Value | None) -> Value | None:
        """Return what iterating over a value yields."""
        match value:
            case Elements(element=element):
                return element
            case ModuleValue(owner=owner) if owner is not None and owner.is_a(_MODULE_DICT):
                return None
            case ModuleValue():
                return children(value, "modules").element
            case TupleValue(items=items, is_open=False) if items and all(item == items[0] for item in items):
                return items[0]
        return None

    def iterate(self, expr: ir.Expr) -> Value | None:
        """Record that `expr`, already evaluated, is iterated over, and return what it yields."""
        value = self.peek(expr)
        self.iterated(expr, value)
        return self.element(value)

    # --- recording ---------------------------------------------------------------------------------

    def record_module(self, use: Use, operation: str, node: ir.Expr, value: Value | None) -> None:
        """Record a touch of a module as a whole."""
        if isinstance(value, ModuleValue):
            self.record(use, operation, node, value, None)

    def record(
        self,
        use: Use,
        operation: str,
        node: ir.Expr,
        module: ModuleValue,
        name: str | None,
        *,
        call: ir.Call | None = None,
        value: ir.Expr | None = None,
        type: TorchType | None = None,
        operator: str = "",
        target: str | None = None,
    ) -> None:
        """Record one touch of `module`, or of its attribute `name`, at `node`."""
        if self.muted:
            return
        guards = self.guards
        if use == "write" and name is not None and touch_guards.missing(module.path, name) in guards:
            guards -= {"not hasattr"}
        self.touches.append(
            Touch(
                use=use,
                operation=operation,
                place=Place(self.scope.file, node.at),
                scope=self.scope,
                text=_text(node, operation),
                path=module.path,
                name=name,
                owner=module.owner,
                node=node,
                call=call,
                value=value,
                value_type=type,
                is_augmented=bool(operator),
                operator=operator,
                is_eager_only="eager" in guards,
                is_guarded=touch_guards.protects_python(guards),
                helpers=self.helpers,
                guards=guards,
                receiver=_receiver(node, name),
                target=target,
            )
        )


def _text(node: ir.Expr, operation: str) -> str:
    """Return how a finding spells the attribute: `getattr(m, "x")` is `m.x`."""
    if isinstance(node, ir.Call) and operation in {"getattr", "hasattr", "setattr", "delattr"}:
        name = node.args[1].value
        if isinstance(name, ir.Constant) and isinstance(name.value, str):
            return f"{spell(node.args[0].value)}.{name.value}"
    return spell(node)


def _receiver(node: ir.Expr, name: str | None) -> str:
    """Return the spelling of the object that is touched."""
    if name is not None and isinstance(node, ir.Attribute):
        return spell(node.value)
    if isinstance(node, ir.Subscript):
        return spell(node.value)
    if isinstance(node, ir.Call) and node.args:
        is_super_of = isinstance(node.func, ir.Name) and node.func.id == "super"
        return spell(node.args[-1 if is_super_of else 0].value)
    return spell(node)


def _operand_use(expr: ir.Operation, operand: ir.Expr) -> str:
    """Return what an operation asks of a module: itself (`is`), its operator, or what is in it."""
    if expr.op in {"is", "is not"}:
        return "identity"
    is_container = expr.op in {"in", "not in"} and operand is expr.operands[-1]
    return "contains" if is_container else "operator"


def _literal_key(index: ir.Expr) -> str | None:
    match index:
        case ir.Constant(kind="int" | "str", value=value) if value is not None:
            return str(value)
        case ir.Operation(op="-", operands=(ir.Constant(kind="int", value=value),)):
            return f"-{value}"
    return None
