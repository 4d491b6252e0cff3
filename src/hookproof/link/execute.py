"""Abstract execution of statements, in order: branches either way, loops, calls of project functions."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.collect import ir
from hookproof.link.bindings import bindings_of, names_in
from hookproof.link.calls import Caller, Keywords
from hookproof.link.case import Scope
from hookproof.link.definitions import ClassDefinition, FunctionDefinition
from hookproof.link.effects import statements_of
from hookproof.link.factories import makes_function
from hookproof.link.guards import (
    Test,
    catches_refusal,
    is_guarding_context,
    is_guarding_handler,
    is_script_annotation,
    read_test,
)
from hookproof.link.project import Project
from hookproof.link.relevance import Relevance
from hookproof.link.state import join
from hookproof.link.values import (
    ClassValue,
    ContainerValue,
    Frame,
    FunctionValue,
    HandleValue,
    ObjectValue,
    ScriptValue,
    Value,
    Values,
    union,
)

_MAX_DEPTH = 8
_MAX_UNROLLED = 8

Locals = dict[str, Values]


class Interpreter(Caller):
    """Runs one root, a file's own statements or a function, and keeps what its `life` found out."""

    def __init__(self, project: Project, relevance: Relevance, budget: int = 4_000) -> None:
        super().__init__(project, budget)
        self.relevance = relevance
        self.stack: list[ir.Function] = []
        self.uncalled: dict[int, FunctionValue] = {}
        self.registering: dict[int, FunctionValue] = {}
        self.inner_classes: list[ClassDefinition] = []

    # --- roots ---------------------------------------------------------------------------------------

    def run_module(self, frame: Frame) -> None:
        """Run a file's own statements; functions and classes are only bound."""
        self.modules[frame.file.path] = frame
        for block in frame.file.outline.blocks:
            if block.kind == "code":
                self.block(frame.file.block(block.index), frame)
        self.run_uncalled()

    def run_function(self, function: FunctionValue) -> None:
        """Run a function of which no call is known, its parameters unknown."""
        self.enter(function, [], {}, None)
        self.run_uncalled()

    def run_uncalled(self) -> None:
        """Run the inner functions that nobody called, or that register a hook on whatever they are given."""
        run: set[int] = set()
        while self.uncalled:
            key, function = self.uncalled.popitem()
            if key not in run:
                run.add(key)
                self._run_apart(function)
        for key, function in list(self.registering.items()):
            if key not in run:
                self._run_apart(function)
        for cls in list(dict.fromkeys(self.inner_classes)):
            for method in (found for methods in self.project.methods(cls).values() for found in methods):
                if self.relevance.meets(method.function):
                    self._run_apart(FunctionValue(method))

    def _run_apart(self, function: FunctionValue) -> None:
        """Run a function with unknown arguments; what it does is not seen by what runs after it."""
        state = self.life.state
        self.life.state = state.fork()
        self.enter(function, [], {}, None)
        self.life.state = state

    # --- calls ---------------------------------------------------------------------------------------

    def function(self, function: ir.Function, frame: Frame) -> FunctionValue:
        """Return a closure, and remember that nobody has called it yet."""
        value = super().function(function, frame)
        self.uncalled[id(function)] = value
        if function.parameters and (self.relevance.meets(function) or "apply" in names_in(function)):
            self.registering[id(function)] = value
        return value

    def enter(
        self, function: FunctionValue, args: list[Values], keywords: Keywords, node: ir.Call | None
    ) -> Values:
        """Run the body of a project function, if it is worth it; return what it may return."""
        definition = function.definition
        if len(self.stack) >= _MAX_DEPTH:
            return ()
        if node is not None and not self._is_worth_entering(definition, args):
            return (self.element(definition, f"{node.at}", "call"),)
        body = definition.function
        self.uncalled.pop(id(body), None)
        if any(body is running for running in self.stack):
            return ()
        scope = Scope(definition.scope.file, (*definition.scope.functions, body))
        frame = Frame(scope, {}, function.frame, body, definition.owner, definition.qualname)
        self._bind(function, args, keywords, frame, is_root=node is None)
        self.stack.append(body)
        try:
            self.block(body.body, frame)
        finally:
            self.stack.pop()
        return union(*(self._leaving(values, frame) for values in frame.returned))

    def _is_worth_entering(self, definition: FunctionDefinition, args: list[Values]) -> bool:
        carries = any(self._is_followed(value) for values in args for value in values)
        if self.relevance.is_worth_entering(definition, len(self.stack), carries=carries):
            return True
        # What a block's text cannot hold is not looked for in its facts, which cost a parse.
        return self.relevance.may_make_function(definition) and makes_function(definition.function)

    def _is_followed(self, value: Value) -> bool:
        """Whether something can happen to a value that matters to a hook."""
        if isinstance(value, ObjectValue):
            return bool(self.life.state.of(value).hooks)
        return isinstance(value, (ScriptValue, HandleValue))

    def _leaving(self, values: Values, frame: Frame) -> Values:
        """Mark inner functions that are returned as made by a factory; a copy handed out is in use."""
        found = []
        for value in values:
            if isinstance(value, FunctionValue) and value.frame is frame:
                function = value.definition.function
                if self.stack or not self.relevance.meets(function):
                    self.uncalled.pop(id(function), None)
                value = FunctionValue(value.definition, value.frame, value.bound_self, from_factory=True)
            found.append(value)
        return tuple(found)

    def _bind(
        self, function: FunctionValue, args: list[Values], keywords: Keywords, frame: Frame, *, is_root: bool
    ) -> None:
        given = ([(function.bound_self,)] if function.bound_self is not None else []) + args
        scope = function.definition.scope
        position = 0
        for parameter in function.definition.function.parameters:
            values: Values | None = None
            if parameter.kind in {"positional-only", "positional"} and position < len(given):
                values = given[position]
                position += 1
            elif parameter.kind == "*":
                values = (ContainerValue("tuple", list(given[position:]), is_exact=not is_root),)
                position = len(given)
            elif parameter.kind == "**":
                values = (ContainerValue("dict", list(keywords.values()), dict(keywords.items())),)
            elif parameter.name in keywords:
                values = keywords[parameter.name]
            elif parameter.default is not None and not is_root:
                values = self.evaluate(parameter.default, function.frame or Frame(scope))
            frame.locals[parameter.name] = values or (self._unknown_argument(parameter, frame, function),)

    def _unknown_argument(
        self, parameter: ir.Parameter, frame: Frame, function: FunctionValue
    ) -> ObjectValue | ScriptValue:
        owner = function.definition.owner
        body = function.definition.function
        if owner is not None and parameter is body.parameters[0] and not is_static(body):
            return self._root_self(owner)
        if is_script_annotation(parameter.annotation, frame.scope, self.project):
            return self.life.load("annotation", None, frame.place_at(parameter.at), "annotation")
        definition = None
        if parameter.annotation is not None:
            found = self.project.resolve(frame.scope, parameter.annotation)
            definition = found if isinstance(found, ClassDefinition) else None
            return ObjectValue("parameter", self.project.module_class(found), definition)
        return ObjectValue("parameter")

    def _root_self(self, owner: ClassDefinition) -> ObjectValue:
        return ObjectValue("self", self.project.module_class(owner), owner, is_root_self=True)

    # --- what an object's class says of its attributes -------------------------------------------------

    def load_attribute(self, owner: ObjectValue, name: str) -> None:
        """Set an attribute of an object to what the methods of its class assign to it."""
        if owner.definition is None or (id(owner), name) in self._loading:
            return
        self._loading.add((id(owner), name))
        found: list[Values] = []
        for cls in self.project.mro(owner.definition):
            if not isinstance(cls, ClassDefinition):
                continue
            for method, assigned in self._assignments(cls, name):
                frame = self._quiet_frame(method, owner)
                found.append(self.evaluate(assigned, frame))
        values = union(*found)
        if values:
            self.life.state.set_attribute(owner, name, values)

    def _quiet_frame(self, method: FunctionDefinition, owner: ObjectValue) -> Frame:
        """Return a frame of the method in which its parameters and inner functions have values."""
        value = FunctionValue(method, bound_self=owner)
        scope = Scope(method.scope.file, (*method.scope.functions, method.function))
        frame = Frame(scope, {}, None, method.function, method.owner, method.qualname)
        self._bind(value, [], {}, frame, is_root=True)
        for statement in method.function.body:
            if isinstance(statement, ir.Define):
                frame.locals[statement.function.name] = (super().function(statement.function, frame),)
        return frame

    def _assignments(self, cls: ClassDefinition, name: str) -> Iterator[tuple[FunctionDefinition, ir.Expr]]:
        for method in self.project.assigning_methods(cls, name):
            for target, value in _attribute_assignments(method.function.body):
                if target.attr == name and isinstance(target.value, ir.Name) and target.value.id == "self":
                    yield method, value

    def subclass_methods(self, cls: ClassDefinition, name: str) -> tuple[FunctionDefinition, ...]:
        """Return the methods of that name in the subclasses that the same file has."""
        found: list[FunctionDefinition] = []
        file = cls.scope.file
        for block in file.outline.blocks:
            if block.kind == "class" and block.name != cls.node.name and block.name is not None:
                other = self.project.lookup(Scope(file), block.name)
                if isinstance(other, ClassDefinition) and cls in self.project.mro(other):
                    found.extend(self.project.method(other, name))
        return tuple(found)

    # --- statements ------------------------------------------------------------------------------------

    def block(self, statements: tuple[ir.Stmt, ...], frame: Frame) -> bool:
        """Run statements in order; return whether the end is never reached."""
        guards = self.life.guards
        try:
            return any(self.statement(statement, frame) for statement in statements)
        finally:
            self.life.guards = guards

    def statement(self, statement: ir.Stmt, frame: Frame) -> bool:
        """Run one statement; return whether what follows is never reached."""
        match statement:
            case ir.Expression(value=value):
                self._expression(value, frame)
            case ir.Assign(targets=targets, value=value, annotation=annotation):
                self._assign(targets, value, annotation, frame)
            case ir.AugAssign(target=target, value=value):
                self._augment(target, self.evaluate(value, frame), frame)
            case ir.Return(value=value):
                if value is not None:
                    frame.returned.append(self._returned(value, frame))
                return True
            case ir.Raise():
                return True
            case ir.Jump(kind=kind):
                return kind in {"break", "continue"}
            case ir.If():
                return self._if(statement, frame)
            case ir.For(target=target, iter=iterable, body=body, orelse=orelse):
                self._for(target, self.evaluate(iterable, frame), body, frame)
                self.block(orelse, frame)
            case ir.While(test=test, body=body, orelse=orelse):
                self.evaluate(test, frame)
                self._maybe(body, frame)
                self.block(orelse, frame)
            case ir.With(items=items, body=body):
                return self._with(items, body, frame)
            case ir.Try():
                return self._try(statement, frame)
            case ir.Match(subject=subject, cases=cases):
                self.evaluate(subject, frame)
                for case in cases:
                    self._maybe(case.body, frame)
            case ir.Define(function=function):
                self._define(function, frame)
            case ir.Class(name=name):
                if frame.function is not None:
                    definition = ClassDefinition(
                        statement, frame.scope, self.project.qualname(frame.scope, name)
                    )
                    frame.locals[name] = (ClassValue(definition),)
                    self.inner_classes.append(definition)
            case ir.Assert(test=test):
                test_said = read_test(test, frame.scope, self.project)
                self.life.guards += test_said.guards_then
            case ir.Import():
                for name in bindings_of((statement,)):
                    frame.locals.pop(name, None)
        return False

    def _expression(self, value: ir.Expr, frame: Frame) -> None:
        if isinstance(value, ir.Opaque) and value.syntax in {"yield", "yield from"}:
            for child in value.children:
                frame.returned.append(self.evaluate(child, frame))
            return
        self.evaluate(value, frame)

    def _returned(self, value: ir.Expr, frame: Frame) -> Values:
        values = self.evaluate(value, frame)
        for returned in values:
            if isinstance(returned, ScriptValue):
                self.life.use(returned, None, frame.place(value))
            elif isinstance(returned, ObjectValue) and len(self.stack) == 1:
                self.life.escaped.add(returned.origin)
        return values

    def _define(self, function: ir.Function, frame: Frame) -> None:
        value = self.function(function, frame) if frame.function is not None else None
        for decorator in function.decorators:
            self.evaluate(decorator, frame)
        if value is not None:
            frame.locals[function.name] = (value,)

    # --- bindings --------------------------------------------------------------------------------------

    def _assign(
        self, targets: tuple[ir.Expr, ...], value: ir.Expr | None, annotation: ir.Expr | None, frame: Frame
    ) -> None:
        if value is None:
            return
        values = self.evaluate(value, frame)
        is_script = any(isinstance(found, ScriptValue) for found in values)
        if not is_script and is_script_annotation(annotation, frame.scope, self.project):
            values = (self.life.load("annotation", None, frame.place(value), "annotation"),)
        for target in targets:
            self.bind_target(target, values, frame)

    def bind_target(self, target: ir.Expr, values: Values, frame: Frame) -> None:
        """Bind an assignment target, unpacking tuples."""
        match target:
            case ir.Name(id=name):
                frame.locals[name] = values
            case ir.Attribute(value=owner, attr=attr):
                for found in self.evaluate(owner, frame):
                    if isinstance(found, (ObjectValue, ScriptValue)):
                        self.life.state.set_attribute(found, attr, values)
                    if isinstance(found, ObjectValue) and not found.origin.is_created:
                        self.life.escaped.update(v.origin for v in values if isinstance(v, ObjectValue))
            case ir.Subscript(value=owner, index=index):
                self._store_item(self.evaluate(owner, frame), index, values, frame)
            case ir.Sequence(items=items):
                for position, item in enumerate(items):
                    self.bind_target(item, self._item(values, position), frame)
            case ir.Starred(value=inner):
                self.bind_target(inner, (ContainerValue("list", [self.elements(values)]),), frame)

    def _item(self, values: Values, index: int) -> Values:
        found = []
        for value in values:
            if isinstance(value, ContainerValue) and value.is_exact and index < len(value.items):
                found.append(value.items[index])
            elif isinstance(value, (ContainerValue, ObjectValue)):
                found.append(self.elements((value,)))
        return union(*found)

    def _store_item(self, owners: Values, index: ir.Expr, values: Values, frame: Frame) -> None:
        key = index.value if isinstance(index, ir.Constant) else None
        for owner in owners:
            if isinstance(owner, ContainerValue):
                owner.items.append(values)
                if key is not None:
                    owner.keyed[key] = values
            elif isinstance(owner, ObjectValue):
                self.life.state.set_attribute(owner, str(key) if key is not None else "[]", values)

    def _augment(self, target: ir.Expr, values: Values, frame: Frame) -> None:
        if isinstance(target, (ir.Name, ir.Attribute)):
            for owner in self.evaluate(target, frame):
                if isinstance(owner, ContainerValue):
                    owner.items.append(self.elements(values))

    # --- control flow ----------------------------------------------------------------------------------

    def _if(self, node: ir.If, frame: Frame) -> bool:
        self.evaluate(node.test, frame)
        test = read_test(node.test, frame.scope, self.project)
        base, names = self.life.state, dict(frame.locals)
        self.life.state = base.fork()
        self._refine(test, frame)
        left_ends = self._guarded(node.body, frame, test.guards_then)
        left, left_names = self.life.state, frame.locals
        self.life.state, frame.locals = base.fork(), dict(names)
        right_ends = self._guarded(node.orelse, frame, test.guards_else)
        if left_ends and not right_ends:
            self.life.guards += test.guards_else
        elif right_ends and not left_ends:
            self.life.guards += test.guards_then
            self.life.state, frame.locals = left, left_names
        elif not left_ends:
            self.life.state = join(base, left, self.life.state)
            frame.locals = _join_locals(left_names, frame.locals)
        return left_ends and right_ends

    def _guarded(self, body: tuple[ir.Stmt, ...], frame: Frame, is_guarded: bool) -> bool:
        self.life.guards += is_guarded
        try:
            return self.block(body, frame)
        finally:
            self.life.guards -= is_guarded

    def _refine(self, test: Test, frame: Frame) -> None:
        """Give a name the class it was tested for, and keep it the same object."""
        if test.refined is None or len(test.classes) != 1 or test.refined not in frame.locals:
            return
        cls = self.project.module_class(test.classes[0])
        if cls is None:
            return
        frame.locals[test.refined] = tuple(
            ObjectValue(value.form, cls, cls.definition, value, f"as {cls.qualname}")
            if isinstance(value, ObjectValue) and value.module_class is None
            else value
            for value in frame.locals[test.refined]
        )

    def _maybe(self, body: tuple[ir.Stmt, ...], frame: Frame) -> None:
        base, names = self.life.state, dict(frame.locals)
        self.life.state = base.fork()
        self.block(body, frame)
        self.life.state = join(base, base, self.life.state)
        frame.locals = _join_locals(names, frame.locals)

    def _for(self, target: ir.Expr, iterable: Values, body: tuple[ir.Stmt, ...], frame: Frame) -> None:
        exact = iterable[0] if len(iterable) == 1 else None
        if isinstance(exact, ContainerValue) and exact.is_exact and 0 < len(exact.items) <= _MAX_UNROLLED:
            for values in list(exact.items):
                self.bind_target(target, values, frame)
                self.block(body, frame)
            return
        self.bind_target(target, self.elements(iterable), frame)
        self.block(body, frame)

    def _with(self, items: tuple[ir.WithItem, ...], body: tuple[ir.Stmt, ...], frame: Frame) -> bool:
        is_guarded = False
        handles: list[tuple[HandleValue, ir.Expr]] = []
        for item in items:
            values = self.evaluate(item.context, frame)
            handles += [(value, item.context) for value in values if isinstance(value, HandleValue)]
            if item.target is not None:
                self.bind_target(item.target, values, frame)
            is_guarded = is_guarded or is_guarding_context(item.context, frame.scope, self.project)
        ends = self._guarded(body, frame, is_guarded)
        for handle, context in handles:
            self.life.remove(handle, frame.place(context))
        return ends

    def _try(self, node: ir.Try, frame: Frame) -> bool:
        is_guarded = any(is_guarding_handler(handler, frame.scope, self.project) for handler in node.handlers)
        is_expected = any(catches_refusal(handler, frame.scope, self.project) for handler in node.handlers)
        self.life.refusal_guards += is_expected
        ends = self._guarded(node.body, frame, is_guarded)
        self.life.refusal_guards -= is_expected
        for handler in node.handlers:
            self._maybe(handler.body, frame)
        ends = self.block(node.orelse, frame) or ends
        return self.block(node.finalbody, frame) or (ends and not node.handlers)

    def comprehension(self, node: ir.Comprehension, frame: Frame) -> Values:
        """Evaluate a comprehension once, with what its conditions guard and refine."""
        inner = Frame(frame.scope, dict(frame.locals), frame, frame.function, frame.owner)
        guards = self.life.guards
        for clause in node.clauses:
            self.bind_target(clause.target, self.elements(self.evaluate(clause.iter, inner)), inner)
            for condition in clause.conditions:
                self.evaluate(condition, inner)
                test = read_test(condition, inner.scope, self.project)
                self.life.guards += test.guards_then
                if test.guards_then:
                    self._keep_out(clause.target, inner)
                self._refine(test, inner)
        values = [self.evaluate(element, inner) for element in node.elements]
        self.life.guards = guards
        kind = "list" if node.kind == "generator" else node.kind
        return (ContainerValue(kind, [values[-1]]),)

    def _keep_out(self, target: ir.Expr, frame: Frame) -> None:
        for name in [target.id] if isinstance(target, ir.Name) else []:
            frame.locals[name] = tuple(
                ObjectValue(
                    value.form, value.module_class, value.definition, value, "guarded", is_guarded=True
                )
                if isinstance(value, ObjectValue)
                else value
                for value in frame.locals.get(name, ())
            )


def is_static(function: ir.Function) -> bool:
    """Return whether a method is decorated as static."""
    return any(isinstance(found, ir.Name) and found.id == "staticmethod" for found in function.decorators)


def _join_locals(left: Locals, right: Locals) -> Locals:
    return {name: union(left.get(name, ()), right.get(name, ())) for name in {**left, **right}}


def _attribute_assignments(body: tuple[ir.Stmt, ...]) -> Iterator[tuple[ir.Attribute, ir.Expr]]:
    for statement in statements_of(body):
        if isinstance(statement, ir.Assign) and statement.value is not None:
            for target in statement.targets:
                if isinstance(target, ir.Attribute):
                    yield target, statement.value
                elif isinstance(target, ir.Sequence) and isinstance(statement.value, ir.Sequence):
                    for item, value in zip(target.items, statement.value.items, strict=False):
                        if isinstance(item, ir.Attribute):
                            yield item, value
