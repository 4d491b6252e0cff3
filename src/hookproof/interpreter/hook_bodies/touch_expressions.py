"""Expressions of a hook's body: what they do to the hook parameter and what they stand for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from hookproof.finding import Use
from hookproof.interpreter.hook_bodies import (
    touch_callables,
    touch_calls,
    touch_constants,
    touch_containers,
    touch_guards,
    touch_stores,
    touch_submodules,
    touch_texts,
)
from hookproof.interpreter.hook_bodies.touch import Touch
from hookproof.interpreter.hook_bodies.touch_guards import Guards, TestReader, as_operand
from hookproof.interpreter.hook_bodies.touch_spelling import literal_key, operand_use, receiver_of, text_of
from hookproof.interpreter.hook_bodies.touch_values import (
    ELEMENT,
    Elements,
    LambdaValue,
    Mapped,
    MaybeModule,
    MembersValue,
    MethodValue,
    ModuleValue,
    NamespaceValue,
    SelfValue,
    Submodules,
    SubmoduleTable,
    Text,
    TupleValue,
    Value,
    child,
    join,
    member,
)
from hookproof.semantic.bindings import names_in
from hookproof.semantic.place import Place
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.facts.types import TorchType
    from hookproof.semantic.project import Project


_MAX_TURNS = 16


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
        self.has_stores = False
        self.returned: list[Value | None] = []
        self.turns = _MAX_TURNS
        self.tests = TestReader(project, scope, self.peek)

    @abstractmethod
    def nested(self, function: ir.Function) -> None:
        """Walk a function or lambda that captures the module, as if it ran where it is defined."""

    @abstractmethod
    def enter(
        self, function: ir.Function, scope: Scope, environment: dict[str, Value | None], place: Place
    ) -> ExpressionWalk:
        """Return the finished walk of a helper function that the call at `place` passes a module to."""

    @abstractmethod
    def bind(self, target: ir.Expr, value: Value | None) -> None:
        """Let an assignment target stand for `value`."""

    def class_names(self, classes: ir.Expr) -> tuple[str, ...]:
        """Return the classes of an `isinstance` test by name."""
        return self.tests.class_names(classes, 4)

    # --- expressions -------------------------------------------------------------------------------

    def peek(self, expr: ir.Expr) -> Value | None:
        """Return what an expression stands for without recording, or changing, anything."""
        before = self.environment
        self.environment = dict(before)
        self.muted += 1
        try:
            return self.evaluate(expr)
        finally:
            self.muted -= 1
            self.environment = before

    def evaluate(self, expr: ir.Expr) -> Value | None:
        """Record what an expression does to the module and return what it stands for."""
        match expr:
            case ir.Name(id=name):
                return self.environment.get(name)
            case ir.Attribute():
                base = self.evaluate(expr.value)
                if base is None or isinstance(base, (SelfValue, Mapped)):
                    return self.stored(expr, base)
                return self.attribute(expr, base, "read", "attribute", expr.attr)
            case ir.Call():
                return touch_calls.call(self, expr)
            case ir.Subscript():
                return self._subscript(expr)
            case ir.Sequence(items=items):
                values = tuple(touch_callables.named(self, item, self.evaluate(item)) for item in items)
                for item, value in zip(items, values, strict=True):
                    self._stored(item, value)
                return self._display(touch_containers.sequence(expr, values))
            case ir.Conditional(test=test, body=body, orelse=orelse):
                self.condition(test)
                read = self.tests.read(test)
                found, other = self._under(read.yes, body), self._under(read.no, orelse)
                if found != other and touch_guards.is_unreached(read.both):
                    return touch_containers.in_python(other if touch_guards.is_unreached(read.yes) else found)
                return touch_containers.as_value(join(found, other))
            case ir.Walrus(target=target, value=value):
                found = self.evaluate(value)
                self.environment[target.id] = found
                return found
            case ir.Operation():
                return self._operation(expr)
            case ir.Constant(kind="str", value=str() as text):
                return Text(text)
            case ir.Lambda(function=function):
                self.nested(function)
                scope = Scope(self.scope.file, (*self.scope.functions, function))
                return LambdaValue(function, scope, dict(self.environment))
            case ir.Comprehension():
                return self._comprehension(expr)
            case ir.Mapping():
                return self._mapping(expr)
            case ir.Starred(value=value):
                return touch_containers.listed(self.evaluate(value))
            case ir.Opaque(children=parts, texts=texts):
                return touch_texts.joined(texts, [self.evaluate(part) for part in parts])
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
            holder = base.module.inner(base.name)
            self.record(use, "method attribute", node, holder, name, call=call)
        elif isinstance(base, MaybeModule) and name in {"forward", "__class__"}:
            module = ModuleValue(base.path, None)
            self.record(use, operation, node, module, name, call=call)
            return member(module, name)
        return None

    def stored(self, expr: ir.Expr, base: Value | None) -> Value | None:
        """Return what is kept under an attribute or item of an object that is no module."""
        if isinstance(base, Mapped) and isinstance(expr, ir.Attribute):
            return touch_containers.item(base, expr.attr) if base.by == "attribute" else None
        if isinstance(base, SelfValue) and base.fields and isinstance(expr, ir.Attribute):
            return dict(base.fields).get(expr.attr)
        key = touch_stores.chain(expr) if self.has_stores else None
        return None if key is None else self.environment.get(key)

    def changed(self, expr: ir.Expr, value: Value, after: Value | None) -> None:
        """Let the container that `expr` gave, whoever else has it, stand for something else now."""
        touch_stores.forget_inside(self.environment, value)
        key = touch_stores.chain(expr)
        if key in self.environment:
            self.environment[key] = after
            self.has_stores = self.has_stores or after is not None

    def in_python_form(self, expr: ir.Expr) -> Value | None:
        """Evaluate what another form stands for that compiled code refuses by itself."""
        outer, self.guards = self.guards, self.guards | {"python"}
        value = self.evaluate(expr)
        self.guards = outer
        return touch_containers.in_python(value)

    def text(self, expr: ir.Expr) -> Text | None:
        """Return the string that an expression stands for, one kept in a constant of its file included."""
        value = self.peek(expr) or touch_constants.constant(self.project, self.scope, expr)
        return value if isinstance(value, Text) else None

    def key(self, expr: ir.Expr) -> str | None:
        """Return a dict key or a position that is known."""
        value = self.peek(expr)
        return value.text if isinstance(value, Text) else literal_key(expr)

    def _display(self, value: Value | None) -> Value | None:
        self.has_stores = self.has_stores or touch_containers.holds_module(value)
        return value

    def _mapping(self, expr: ir.Mapping) -> Value | None:
        for key in expr.keys:
            if key is not None:
                self.record_module("read", "key", key, self.evaluate(key))
        values = tuple(touch_callables.named(self, value, self.evaluate(value)) for value in expr.values)
        for value_expr, value in zip(expr.values, values, strict=True):
            self._stored(value_expr, value)
        keys = [None if key is None else self.key(key) for key in expr.keys]
        return self._display(touch_containers.mapping(keys, values))

    def _operation(self, expr: ir.Operation) -> Value | None:
        outer = self.guards
        values: list[Value | None] = []
        first = self.peek(expr.operands[0]) if expr.op == "or" else None
        for operand in expr.operands:
            if expr.op in {"and", "or", "not"}:
                self.condition(operand)
                read = self.tests.read(operand)
                if expr.op != "not":
                    self.guards |= as_operand(read.yes if expr.op == "and" else read.no)
            else:
                value = self.evaluate(operand)
                values.append(value)
                if isinstance(value, ModuleValue):
                    self.guards |= self._refused_before(expr)
                    self.record("read", operand_use(expr, operand), operand, value, None)
        self.guards = outer
        if isinstance(first, ModuleValue):
            return touch_containers.in_python(first)
        return touch_texts.computed(self, expr, values)

    def condition(self, expr: ir.Expr) -> None:
        """Record what a condition does to the module, and that the module itself is one."""
        self.record_module("read", "truth", expr, self.evaluate(expr))
        self._forget_tested(expr)

    def _forget_tested(self, expr: ir.Expr) -> None:
        """Give up the strings that a condition asks about: it leaves open which get to what follows."""
        texts = [name for name, value in self.environment.items() if isinstance(value, Text)]
        if texts and touch_guards.UNREACHED.isdisjoint(self.tests.read(expr).both):
            for name in names_in(expr).intersection(texts):
                self.environment[name] = None

    def _refused_before(self, expr: ir.Operation) -> Guards:
        """Return the guard of an operator that compiled code never comes to: it refuses an operand first."""
        captured = (touch_constants.is_captured(self.project, self.scope, part) for part in expr.operands)
        return frozenset({"python"}) if any(captured) else touch_guards.NONE

    def _subscript(self, expr: ir.Subscript) -> Value | None:
        base = self.evaluate(expr.value)
        index = self.evaluate(expr.index)
        self.index(expr, index)
        key = index.text if isinstance(index, Text) else literal_key(expr.index)
        if isinstance(base, NamespaceValue) and key is not None:
            self.record("read", "namespace item", expr, base.module, key)
            return None
        if isinstance(base, MembersValue):
            return child(base.module, key or ELEMENT) if base.name == "_modules" else None
        is_slice = isinstance(expr.index, ir.Opaque) and expr.index.syntax == "slice"
        if isinstance(base, (TupleValue, Mapped, Submodules, SubmoduleTable)):
            return None if is_slice else touch_containers.item(base, key)
        if not isinstance(base, ModuleValue):
            return self.stored(expr, base)
        fixed = literal_key(expr.index) is not None or is_slice
        self.record("read", "index" if fixed else "variable index", expr, base, None)
        if is_slice:
            return None
        is_named = key is not None and not key.startswith("-")
        return child(base.under("original"), key if key is not None and is_named else ELEMENT)

    def index(self, expr: ir.Subscript, index: Value | None) -> None:
        """Record that a module is the index of something."""
        is_own = isinstance(self.peek(expr.value), Mapped)
        self.record_module("read", "key" if is_own else "identity", expr.index, index)

    def _comprehension(self, expr: ir.Comprehension) -> Value | None:
        before, outer, turns = dict(self.environment), self.guards, self.turns
        found: list[Value | None] = []
        self._clauses(expr, 0, found)
        self.environment, self.guards, self.turns = before, outer, turns
        if len(expr.elements) != 1 or not found or found[0] is None:
            return None
        if len(found) > 1 and len(expr.clauses) == 1 and not expr.clauses[0].conditions:
            return self._display(TupleValue(tuple(found), is_list=expr.kind == "list"))
        return Elements(found[0]) if all(value == found[0] for value in found) else None

    def _clauses(self, expr: ir.Comprehension, position: int, found: list[Value | None]) -> None:
        """Walk what stands behind the first clauses of a comprehension, once for each item that is known."""
        if position == len(expr.clauses):
            values = [self.evaluate(element) for element in expr.elements]
            for element, value in zip(expr.elements, values, strict=True):
                self._stored(element, value)
            found.append(values[0])
            return
        clause = expr.clauses[position]
        iterated = self.evaluate(clause.iter)
        self.iterated(clause.iter, iterated)
        outer, turns = self.guards, self.turns
        for item in self.each(clause.iter, iterated):
            self.bind(clause.target, item)
            for condition in clause.conditions:
                self.condition(condition)
                self.guards |= self.tests.read(condition).yes
            self._clauses(expr, position + 1, found)
            self.guards = outer
        self.turns = turns

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

    def each(self, expr: ir.Expr, value: Value | None) -> tuple[Value | None, ...]:
        """Return what a loop goes through: each item that is known, else one that stands for all.

        Loops in loops multiply: `turns` says how many are left.
        """
        if value is None:
            value = touch_constants.constant(self.project, self.scope, expr)
        items = touch_containers.items_of(value)
        if not items or len(items) > self.turns:
            return (self.element(value),)
        self.turns //= len(items)
        return items

    def element(self, value: Value | None) -> Value | None:
        """Return what iterating over a value yields."""
        match value:
            case Elements(element=element):
                return element
            case ModuleValue():
                return self.element(touch_submodules.iterated(value))
            case Submodules():
                return touch_submodules.each(value)
            case TupleValue(items=items, is_open=False) if items and all(item == items[0] for item in items):
                return items[0]
        return None

    def iterate(self, expr: ir.Expr, value: Value | None) -> Value | None:
        """Record that `expr`, which gave `value`, is iterated over, and return what it yields."""
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
        if "copy" in module.guards and use != "read":
            return
        guards = self.guards | module.guards
        if use == "write" and name is not None and touch_guards.missing(module.path, name) in guards:
            guards -= {"not hasattr"}
        self.touches.append(
            Touch(
                use=use,
                operation=operation,
                place=Place(self.scope.file, node.at),
                scope=self.scope,
                text=text_of(node, operation),
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
                receiver=receiver_of(node, name),
                target=target,
                kept=module.kept,
            )
        )
