"""The walk through a hook's body, in order, that records what happens to its hook parameter."""

from __future__ import annotations

from collections.abc import Iterable

from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.interpreter.hook_bodies import touch_callables, touch_containers, touch_guards, touch_stores
from hookproof.interpreter.hook_bodies.touch_expressions import ExpressionWalk
from hookproof.interpreter.hook_bodies.touch_guards import Guards
from hookproof.interpreter.hook_bodies.touch_types import assigned_type, made_by
from hookproof.interpreter.hook_bodies.touch_values import (
    Mapped,
    ModuleValue,
    NamespaceValue,
    SelfValue,
    Submodules,
    TupleValue,
    Value,
    attribute_of,
)
from hookproof.semantic.bindings import nested_statements, target_names
from hookproof.semantic.place import Place
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_PARAMETERS = frozenset({"parameters", "named_parameters"})


class TouchWalk(ExpressionWalk):
    """Statements: what names stand for after them, and under which guards the next one stands."""

    # --- statements --------------------------------------------------------------------------------

    def body(self, statements: tuple[ir.Stmt, ...]) -> bool:
        """Walk a statement list; tell whether its end is never reached."""
        outer = self.guards
        ended = False
        for statement in statements:
            if self._statement(statement):
                ended = True
                self.guards |= {"never"}
        self.guards = outer
        return ended

    def _statement(self, statement: ir.Stmt) -> bool:
        match statement:
            case ir.Assign():
                self._assign(statement)
            case ir.AugAssign(target=target, value=value):
                self.evaluate(value)
                self._write(target, statement.value, None, operator=statement.op)
            case ir.Expression(value=value):
                self.evaluate(value)
            case ir.Return(value=value):
                returned = None if value is None else self.evaluate(value)
                if not touch_guards.is_unreached(self.guards):
                    self.returned.append(returned)
                return True
            case ir.Raise(value=value):
                self._optional(value)
                return True
            case ir.Jump(kind="break" | "continue"):
                return True
            case ir.If():
                return self._if(statement)
            case ir.For():
                self._for(statement)
            case ir.While(test=test, body=body, orelse=orelse):
                self.condition(test)
                read = self.tests.read(test)
                self._branches((read.yes, body), (touch_guards.NONE, orelse), joined=True)
                if not touch_guards.is_unreached(read.yes):
                    self._forget(body)
            case ir.With(items=items, body=body):
                return self._with(items, body)
            case ir.Try():
                return self._try(statement)
            case ir.Delete(targets=targets):
                for target in targets:
                    self._delete(target)
            case ir.Assert(test=test, message=message):
                self.condition(test)
                self._optional(message)
                self.guards |= self.tests.read(test).yes
            case ir.Match(subject=subject, cases=cases):
                self._match(subject, self.evaluate(subject), cases)
            case ir.Define(function=function):
                self.nested(function)
                self._unbind(function.name)
                touch_stores.forget_assigned(self.environment, function.body)
            case ir.Class(name=name):
                self._unbind(name)
            case ir.Import(names=names):
                for alias in names:
                    self._unbind(alias.asname or alias.name.partition(".")[0])
        return False

    def _unbind(self, name: str) -> None:
        touch_stores.forget_name(self.environment, name)
        self.environment.pop(name, None)

    def _assign(self, statement: ir.Assign) -> None:
        if statement.value is None:
            return
        value = touch_callables.named(self, statement.value, self.evaluate(statement.value))
        value = value or self.tests.flag(statement.value)
        for target in statement.targets:
            self._write(target, statement.value, value)

    def _if(self, statement: ir.If) -> bool:
        self.condition(statement.test)
        test = self.tests.read(statement.test)
        ended = self._branches((test.yes, statement.body), (test.no, statement.orelse), joined=True)
        if ended[0] and not ended[1]:
            self.guards |= test.no
        elif ended[1] and not ended[0]:
            self.guards |= test.yes
        return ended[0] and ended[1]

    def _branches(self, *arms: tuple[Guards, tuple[ir.Stmt, ...]], joined: bool) -> list[bool]:
        """Walk arms of which one happens; what a name stands for after is what all that go on agree on."""
        before, outer = self.environment, self.guards
        ends, results = [], []
        for guards, statements in arms:
            self.environment, self.guards = dict(before), outer | guards
            ended = self.body(statements)
            ends.append(ended)
            if not ended and not touch_guards.is_unreached(guards):
                results.append(self.environment)
        self.guards = outer
        if joined:
            results = results or [before]
            names = set().union(*results)
            self.environment = {name: _agreed(name, results) for name in names}
        return ends

    def _for(self, statement: ir.For) -> None:
        iterated = self.evaluate(statement.iter)
        self.iterated(statement.iter, iterated)
        before, turns = dict(self.environment), self.turns
        items = self.each(statement.iter, iterated)
        if len(items) > 1 and _may_break(statement.body):
            items = (items[0], None)
        outer = self.guards
        if self._goes_over_parameters(statement.iter):
            self.guards |= {"each parameter"}
        for item in items:
            self.bind(statement.target, item)
            self.body(statement.body)
            self.environment = {name: _agreed(name, [before, self.environment]) for name in before}
            self._forget(statement.body)
        self.turns, self.guards = turns, outer
        self.body(statement.orelse)

    def _goes_over_parameters(self, iterated: ir.Expr) -> bool:
        """Tell whether a loop goes over the parameters of a module."""
        while isinstance(iterated, ir.Call) and isinstance(iterated.func, ir.Name) and iterated.args:
            iterated = iterated.args[0].value  # `list(…)`, `enumerate(…)`
        match iterated:
            case ir.Call(func=ir.Attribute(value=owner, attr=attr)) if attr in _PARAMETERS:
                return isinstance(self.peek(owner), ModuleValue)
        return False

    def _forget(self, statements: tuple[ir.Stmt, ...]) -> None:
        """Give up what a loop's body binds or may change, for its next turn and for what follows it."""
        for name in _assigned(statements):
            if name in self.environment:
                self.environment[name] = None
        touch_stores.forget_used(self.environment, statements)

    def _with(self, items: tuple[ir.WithItem, ...], body: tuple[ir.Stmt, ...]) -> bool:
        for item in items:
            self.evaluate(item.context)
            if item.target is not None:
                self.bind(item.target, None)
        outer = self.guards
        if touch_guards.suppresses(items):
            self.guards |= {"try"}
        ended = self.body(body)
        self.guards = outer
        return ended and not touch_guards.suppresses(items)

    def _try(self, statement: ir.Try) -> bool:
        outer = self.guards
        if touch_guards.catches(self.project, self.scope, statement.handlers):
            self.guards |= {"try"}
        before = dict(self.environment)
        ended = self.body(statement.body)
        self.guards = outer
        results = [self.environment]
        for handler in statement.handlers:
            self.environment = dict(before)
            if handler.name:
                self.environment.pop(handler.name, None)
            ended = self.body(handler.body) and ended
            results.append(self.environment)
        self.environment = {name: _agreed(name, results) for name in before}
        self.body(statement.orelse)
        return self.body(statement.finalbody) or ended

    def _match(self, subject: ir.Expr, value: Value | None, cases: tuple[ir.Case, ...]) -> None:
        before, outer = dict(self.environment), self.guards
        for case in cases:
            self.environment = dict(before)
            for name in case.binds:
                self.environment[name] = None
            if case.name is not None:
                self.environment[case.name] = value
            for capture in case.captures:
                self.environment[capture.name] = _part(value, capture.path)
            self._optional(case.guard)
            self.guards = outer | self.tests.read_case(subject, case).yes
            self.body(case.body)
            self.guards = outer
        self.environment = before
        for case in cases:
            for name in (*case.binds, *_assigned(case.body)):
                self._unbind(name)
            touch_stores.forget_assigned(self.environment, case.body)

    def _delete(self, target: ir.Expr) -> None:
        match target:
            case ir.Attribute(value=value, attr=attr):
                module = self.evaluate(value)
                if isinstance(module, ModuleValue):
                    self.record("delete", "attribute", target, module, attr)
                else:
                    touch_stores.keep(self, target, module, None)
            case ir.Name(id=name):
                self._unbind(name)
            case ir.Sequence(items=items):
                for item in items:
                    self._delete(item)
            case ir.Subscript(value=value):
                self.evaluate(target)
                container = self.peek(value)
                if container is not None and touch_containers.is_changeable(container):
                    self.changed(value, container, None)
                elif container is None:
                    touch_stores.keep(self, target, None, None)
            case _:
                self.evaluate(target)

    def nested(self, function: ir.Function) -> None:
        """Walk a function or lambda that captures the module, as if it ran where it is defined."""
        defaults = {
            parameter.name: self.evaluate(parameter.default)
            for parameter in function.parameters
            if parameter.default is not None
        }
        inner = self._inner(function, defaults)
        inner.body(function.body)

    def _inner(self, function: ir.Function, defaults: dict[str, Value | None]) -> TouchWalk:
        own = {parameter.name for parameter in function.parameters} | set(_assigned(function.body))
        kept = {name: value for name, value in self.environment.items() if touch_stores.root(name) not in own}
        scope = Scope(self.scope.file, (*self.scope.functions, function))
        walk = TouchWalk(
            self.project, scope, kept | defaults, self.active, self.helpers, self.guards, self.touches
        )
        walk.muted, walk.has_stores = self.muted, self.has_stores
        return walk

    def enter(
        self, function: ir.Function, scope: Scope, environment: dict[str, Value | None], place: Place
    ) -> TouchWalk:
        """Return the finished walk of a helper function that the call at `place` passes a module to."""
        walk = TouchWalk(
            self.project,
            scope,
            environment,
            (*self.active, function.at),
            (*self.helpers, place),
            self.guards,
            self.touches,
        )
        walk.muted, walk.has_stores, walk.turns = self.muted, True, self.turns
        walk.body(function.body)
        return walk

    # --- targets -----------------------------------------------------------------------------------

    def _write(self, target: ir.Expr, source: ir.Expr, value: Value | None, *, operator: str = "") -> None:
        match target:
            case ir.Name(id=name):
                if self.has_stores:
                    touch_stores.forget_name(self.environment, name)
                if isinstance(value, SelfValue):
                    value = touch_stores.keep_fields(self, name, value)
                self.environment[name] = None if operator else value
            case ir.Attribute(value=base, attr=attr):
                module = self.evaluate(base)
                if isinstance(module, ModuleValue):
                    self._write_attribute(target, module, source, operator)
                elif isinstance(module, Mapped):
                    self.changed(base, module, touch_containers.with_item(module, attr, value))
                elif module is None or isinstance(module, SelfValue):
                    touch_stores.keep(self, target, module, None if operator else value)
            case ir.Subscript(value=base, index=index):
                self._write_item(target, base, index, source, None if operator else value)
            case ir.Sequence(items=items):
                self._unpack(items, source, value)
            case ir.Starred(value=inner):
                self.bind(inner, None)

    def _write_attribute(
        self, target: ir.Attribute, module: ModuleValue, source: ir.Expr, operator: str
    ) -> None:
        is_value = source is not target
        self.record(
            "write",
            "attribute",
            target,
            module,
            target.attr,
            value=source if is_value else None,
            type=self._assigned_type(source) if is_value else None,
            operator=operator,
            target=made_by(source, self.project, self.scope) if is_value else None,
        )

    def _assigned_type(self, source: ir.Expr) -> TorchType:
        module = self.peek(source.value) if isinstance(source, ir.Attribute) else None
        if isinstance(source, ir.Attribute) and isinstance(module, ModuleValue):
            fact = attribute_of(module, source.attr)
            is_known = fact is not None and fact.kind == "value" and fact.is_compiled
            return fact.type if fact is not None and is_known else UNKNOWN
        return assigned_type(source, self.project, self.scope)

    def _write_item(
        self, target: ir.Subscript, base: ir.Expr, index: ir.Expr, source: ir.Expr, value: Value | None
    ) -> None:
        module = self.evaluate(base)
        self.index(target, self.evaluate(index))
        if isinstance(module, ModuleValue):
            self.record("write", "index", target, module, None, value=source)
        elif isinstance(module, NamespaceValue):
            self.record("write", "namespace item", target, module.module, self.key(index), value=source)
        elif isinstance(module, (Mapped, TupleValue)):
            self.changed(base, module, touch_containers.with_item(module, self.key(index), value))
        elif module is None:
            touch_stores.keep(self, target, None, value)

    def _unpack(self, items: tuple[ir.Expr, ...], source: ir.Expr, value: Value | None) -> None:
        if isinstance(value, Submodules):
            value = touch_containers.opened(value)
        parts = value.items if isinstance(value, TupleValue) else ()
        sources = source.items if isinstance(source, ir.Sequence) else ()
        exact = not any(isinstance(item, ir.Starred) for item in (*items, *sources))
        is_open = isinstance(value, TupleValue) and value.is_open
        for position, item in enumerate(items):
            is_known = position < len(parts) if is_open else exact and len(parts) == len(items)
            part = parts[position] if is_known and not isinstance(item, ir.Starred) else None
            # An unpacked value's own expression is unknown: the `Name` of the target stands in for it.
            expr = sources[position] if exact and len(sources) == len(items) else item
            self._write(item, expr, part)

    def bind(self, target: ir.Expr, value: Value | None) -> None:
        """Let an assignment target stand for `value`."""
        self._write(target, target, value)


def _part(value: Value | None, path: tuple[ir.Step, ...]) -> Value | None:
    """Return the part of a matched value that a pattern captures, where the steps to it are positions."""
    for step in path:
        items = value.items if isinstance(value, TupleValue) and not step.is_attribute else ()
        is_there = isinstance(step.key, int) and -len(items) <= step.key < len(items)
        value = items[step.key] if isinstance(step.key, int) and is_there else None
    return value


def _agreed(name: str, results: list[dict[str, Value | None]]) -> Value | None:
    values = [result.get(name) for result in results]
    return values[0] if all(value == values[0] for value in values) else None


def _assigned(statements: tuple[ir.Stmt, ...]) -> Iterable[str]:
    """Yield the names that statements bind, through compound statements."""
    for statement in statements:
        match statement:
            case ir.Assign(targets=targets):
                for target in targets:
                    yield from target_names(target)
            case ir.AugAssign(target=target) | ir.For(target=target):
                yield from target_names(target)
            case ir.With(items=items):
                for item in items:
                    if item.target is not None:
                        yield from target_names(item.target)
            case ir.Define(function=function):
                yield function.name
        for inner in nested_statements(statement):
            yield from _assigned(inner)


def _may_break(statements: tuple[ir.Stmt, ...]) -> bool:
    """Tell whether a loop with this body may end before its last turn."""
    return any(
        isinstance(statement, (ir.Return, ir.Raise))
        or (isinstance(statement, ir.Jump) and statement.kind == "break")
        or any(_may_break(inner) for inner in nested_statements(statement))
        for statement in statements
    )
