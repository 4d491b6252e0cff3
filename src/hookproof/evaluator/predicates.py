"""Conditions as predicates: what a test asks of which value, the same for programs and for hook bodies.

A condition is read through `not`, `and`, `or`, `any` and `all`, through the functions and lambdas of the
project that only decide, and through names that hold a module's class or the outcome of a test. What it comes
to in a world is for those who ask (`interpreter.guards`, `evaluator.guards`).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from hookproof.evaluator.arguments import written
from hookproof.evaluator.predicate import (
    AllOf,
    AnyOf,
    Definitions,
    Elsewhere,
    Has,
    InMode,
    Inside,
    Named,
    OfClass,
    Opposite,
    Predicate,
    Unread,
)
from hookproof.facts.entries import OTHER_TESTS
from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    External,
    FunctionDefinition,
    ValueDefinition,
)
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.worlds import registry

_MAX_DEPTH = 8
_EQUALS = frozenset({"is", "==", "in"})
_DIFFERS = frozenset({"is not", "!=", "not in"})


class Predicates:
    """Reads conditions that stand in one scope."""

    def __init__(
        self,
        project: Project,
        scope: Scope,
        inside: Inside | None = None,
        *,
        is_flow_known: bool = False,
        named: Definitions | None = None,
        methods: Definitions | None = None,
        texts_of: Callable[[ir.Expr], tuple[str, ...] | None] | None = None,
    ) -> None:
        """`inside` says what the parameters of a function stand for where its body is read for a caller.

        Who asks knows what local names stand for if `is_flow_known`; else those that are bound once are
        followed here. `named` gives the classes, or the function, that an expression comes to otherwise,
        `methods` what is called of an object, `texts_of` the texts that an expression comes to otherwise.
        """
        self._project = project
        self._is_flow_known = is_flow_known
        self._scope = scope
        self._inside = inside
        self._named = named
        self._methods = methods
        self._texts_of = texts_of

    def read(self, test: ir.Expr, depth: int = _MAX_DEPTH) -> Predicate:
        """Return what a condition asks."""
        if depth == 0:
            return Unread(test, self._inside)
        match test:
            case ir.Operation(op="not", operands=(operand,)):
                return Opposite(self.read(operand, depth))
            case ir.Operation(op="and", operands=operands):
                return AllOf(tuple(self.read(operand, depth) for operand in operands))
            case ir.Operation(op="or", operands=operands):
                return _any_of(tuple(self.read(operand, depth) for operand in operands))
            case ir.Operation(op=op, operands=(left, right)) if op in _EQUALS | _DIFFERS:
                compared = self._compared(op, left, right) or self._kept_in_table(op, left, right)
                if compared is not None:
                    return compared if op in _EQUALS else Opposite(compared)
            case ir.Call(func=ir.Name(id="any" | "all" as each), args=(ir.Argument(value=group),)) if (
                isinstance(group, (ir.Comprehension, ir.Sequence))
            ):
                return self._of_each(test, group, each == "any", depth)
            case ir.Call():
                return self._called(test, depth)
            case ir.Walrus(value=value):
                return self.read(value, depth)
            case ir.Name(id=name) if (kept := self._kept(name)) is not None:
                asked = self.read(kept, depth - 1)
                return Unread(test, self._inside) if isinstance(asked, Unread) else asked
        return Unread(test, self._inside)

    # --- what is asked of a class ------------------------------------------------------------------------

    def _called(self, call: ir.Call, depth: int) -> Predicate:
        definition = self._project.resolve(self._scope, call.func)
        if definition is None and self._named is not None and isinstance(call.func, ir.Name):
            found = self._named(call.func)
            definition = found[0] if len(found) == 1 else None
        if isinstance(definition, External):
            match definition.qualname, call.args:
                case "builtins.isinstance", (subject, classes):
                    return self._of_class(call, subject.value, self.classes(classes.value))
                case "builtins.issubclass", (cls, classes):
                    of = self.class_subject(cls.value)
                    if of is not None:
                        return self._of_class(call, of, self.classes(classes.value))
                case "builtins.hasattr", (subject, name):
                    of = self._in_caller(subject.value)
                    return Has(of, name.value) if of is not None else Unread(call, self._inside)
                case "builtins.bool", (value,):
                    return self.read(value.value, depth - 1)
            mode = self._mode(definition.qualname)
            if mode is not None:
                return mode
        in_table = self._looked_up(call)
        if in_table is not None:
            return AllOf((in_table, Unread(call, self._inside)))
        decided = self._decided(call, definition, depth) or self._decided_by_method(call, depth)
        return decided or Unread(call, self._inside)

    def _mode(self, qualname: str) -> InMode | None:
        """Return what a function outside the project asks of the mode, None if it asks for nothing of it."""
        if qualname in OTHER_TESTS:
            return InMode(frozenset())
        if qualname.startswith("torch.") and qualname.endswith("is_scripting"):
            return InMode(frozenset({"script"}))
        worlds = registry.tests().get(qualname)
        return None if worlds is None else InMode(worlds)

    def _of_class(
        self,
        node: ir.Expr,
        subject: ir.Expr,
        classes: tuple[Definition | None, ...],
        *,
        is_exact: bool = False,
    ) -> Predicate:
        of = self._in_caller(subject)
        return OfClass(of, classes, is_exact) if of is not None else Unread(node, self._inside)

    def _compared(self, op: str, left: ir.Expr, right: ir.Expr) -> Predicate | None:
        modes = [self._called(side, 1) for side in (left, right) if isinstance(side, ir.Call)]
        mode = next((mode for mode in modes if isinstance(mode, InMode)), None)
        if mode is not None:
            # Outside of tracing the state is None.
            is_nothing = isinstance(right, ir.Constant) and right.kind in {"None", "bool"} and not right.value
            return Opposite(mode) if is_nothing else mode
        subject = self.class_subject(left)
        if subject is None and op in {"==", "!="}:
            subject, left, right = self.class_subject(right), right, left
        of = self._in_caller(subject) if subject is not None else None
        if of is None:
            return None
        names = self.texts(right)
        if names is not None:
            return Named(of, names, isinstance(left, ir.Call) and isinstance(left.func, ir.Attribute))
        return OfClass(of, self.classes(right), is_exact=True)

    def _kept_in_table(self, op: str, left: ir.Expr, right: ir.Expr) -> Predicate | None:
        """Return what it asks whether a table of classes has nothing for the class of a module."""
        is_none = op in {"is", "is not"} and isinstance(right, ir.Constant) and right.kind == "None"
        kept = self._kept(left.id) if isinstance(left, ir.Name) else left
        kept = kept.value if isinstance(kept, ir.Walrus) else kept
        in_table = self._looked_up(kept) if is_none and isinstance(kept, ir.Call) else None
        if in_table is None:
            return None
        is_something = Unread(ir.Operation(left.at, "is not", (left, right)), self._inside)
        return Opposite(AllOf((in_table, is_something)))

    def _looked_up(self, call: ir.Call) -> Predicate | None:
        """Return what is so of a module whose class `table.get` finds."""
        match call:
            case ir.Call(
                func=ir.Attribute(value=table, attr="get"),
                args=(key,) | (key, ir.Argument(value=ir.Constant(kind="None"))),
            ) if self.class_subject(key.value) is not None:
                return self._compared("in", key.value, table)
        return None

    def class_subject(self, expr: ir.Expr) -> ir.Expr | None:
        """Return the value whose class, or name of its class, an expression is."""
        match expr:
            case ir.Name(id=name):
                kept = self._kept(name)
                is_alias = isinstance(kept, (ir.Attribute, ir.Call))
                return self.class_subject(kept) if is_alias and kept is not None else None
            case ir.Call(func=ir.Name(id="type"), args=(subject,)):
                return subject.value
            case ir.Attribute(value=value, attr="__class__"):
                return value
            case ir.Attribute(value=inner, attr="__name__" | "__qualname__"):
                return self.class_subject(inner)
            case ir.Call(func=ir.Attribute(value=value, attr="_get_name"), args=()):
                return value
        return None

    def classes(self, expr: ir.Expr, depth: int = 4) -> tuple[Definition | None, ...]:
        """Return the classes that an expression names, through constants, tuples and tables."""
        if depth == 0:
            return (None,)
        inside = self._inside
        match expr:
            case ir.Name(id=name) if inside is not None and name in inside.given:
                return Predicates(self._project, inside.caller).classes(inside.given[name], depth - 1)
            case ir.Sequence(items=items):
                return tuple(found for item in items for found in self.classes(item, depth - 1))
            case ir.Mapping(keys=keys):
                named = [key for key in keys if key is not None]
                # An empty table is filled elsewhere.
                return tuple(found for key in named for found in self.classes(key, depth - 1)) or (None,)
            case ir.Operation(op="+" | "|", operands=operands):
                return tuple(found for item in operands for found in self.classes(item, depth - 1))
            case ir.Call(func=ir.Attribute(value=table, attr="keys")):
                return self.classes(table, depth - 1)
            case ir.Call(args=(only,)):
                return self.classes(only.value, depth - 1)
        definition = self._project.resolve(self._scope, expr)
        if isinstance(definition, ValueDefinition) and definition.value is not None:
            return Predicates(self._project, definition.scope).classes(definition.value, depth - 1)
        if definition is None and self._named is not None:
            return self._named(expr) or (None,)
        return (definition,)

    def texts(self, expr: ir.Expr) -> tuple[str, ...] | None:
        """Return the literal texts that an expression stands for, None where it is anything else."""
        match expr:
            case ir.Constant(kind="str", value=str(text)):
                return (text,)
            case ir.Sequence(items=items) if items:
                each = [self.texts(item) for item in items]
                known = [texts for texts in each if texts is not None]
                return tuple(text for texts in known for text in texts) if len(known) == len(each) else None
            case ir.Name() | ir.Attribute():
                definition = self._project.resolve(self._scope, expr)
                if isinstance(definition, ValueDefinition) and isinstance(
                    definition.value, (ir.Constant, ir.Sequence)
                ):
                    return Predicates(self._project, definition.scope).texts(definition.value)
        return self._texts_of(expr) if self._texts_of is not None else None

    # --- what is written elsewhere -----------------------------------------------------------------------

    def _of_each(
        self, node: ir.Call, group: ir.Comprehension | ir.Sequence, is_any: bool, depth: int
    ) -> Predicate:
        if isinstance(group, ir.Sequence):
            parts = tuple(self.read(item, depth) for item in group.items)
            return _any_of(parts) if is_any else AllOf(parts)
        (*_, element), clause = group.elements, group.clauses[0]
        inner = self.read(element, depth - 1)
        if isinstance(clause.target, ir.Name) and isinstance(inner, OfClass) and inner.classes == (None,):
            # `any(isinstance(m, kind) for kind in KINDS)`
            inner = OfClass(inner.subject, self.classes(clause.iter), inner.is_exact)
            return inner if is_any else Unread(node, self._inside)
        return Elsewhere(inner, of_each=node)

    def _kept(self, name: str) -> ir.Expr | None:
        """Return the expression that a name was bound to, once; None for anything but a local value."""
        if self._is_flow_known or (self._inside is not None and name in self._inside.given):
            return None
        if self._scope.functions:
            binders = function_bindings(self._scope.functions[-1]).get(name, ())
            only = binders[0] if len(binders) == 1 else None
            value = only.value if isinstance(only, ir.Assign) else None
            if binders:
                return None if isinstance(value, ir.Name) else value
        definition = self._project.lookup(self._scope, name)
        if isinstance(definition, ValueDefinition) and definition.scope == self._scope:
            value = definition.value
            return value if isinstance(value, (ir.Attribute, ir.Call, ir.Operation)) else None
        return None

    def _in_caller(self, subject: ir.Expr) -> ir.Expr | None:
        """Return what a subject is for whom the condition is read, None where that cannot be said."""
        if self._inside is None or isinstance(subject, ir.Constant):
            return subject
        return self._inside.given.get(subject.id) if isinstance(subject, ir.Name) else None

    def _decided(self, call: ir.Call, definition: Definition | None, depth: int) -> Predicate | None:
        """Return what a function or lambda of the project decides that does nothing else."""
        match definition:
            case FunctionDefinition(owner=None):
                function, scope = definition.function, definition.scope
            case ValueDefinition(value=ir.Lambda(function=function), scope=scope):
                pass
            case _:
                return None
        return self._decided_in(function, scope, call, depth)

    def _decided_by_method(self, call: ir.Call, depth: int) -> Predicate | None:
        """Return what a method decides that does nothing else, of an object that is known where one asks."""
        if self._methods is None or not isinstance(call.func, ir.Attribute):
            return None
        owner = self._in_caller(call.func.value)
        match self._methods(replace(call.func, value=owner)) if owner is not None else ():
            case (FunctionDefinition(owner=ClassDefinition()) as method,):
                if method.decorator_names <= {"classmethod"} or method.decorator_names == {"staticmethod"}:
                    before = () if "staticmethod" in method.decorator_names else (call.func.value,)
                    return self._decided_in(method.function, method.scope, call, depth, *before)
        return None

    def _decided_in(
        self, function: ir.Function, scope: Scope, call: ir.Call, depth: int, *before: ir.Expr
    ) -> Predicate | None:
        values = written(function, call, *before)
        if len(values) != len(before) + len(call.args):
            return None
        given = {name: of for name, value in values.items() if (of := self._in_caller(value)) is not None}
        within = Scope(scope.file, (*scope.functions, function))
        caller = self._scope if self._inside is None else self._inside.caller
        around = Inside(function, within, given, caller)
        inner = Predicates(self._project, within, around, methods=self._methods)
        decided = inner._decides(function.body, depth - 1)
        if decided is None:
            return None
        return Unread(call, self._inside, decided) if _is_unread(decided) else Elsewhere(decided)

    def _decides(self, body: tuple[ir.Stmt, ...], depth: int) -> Predicate | None:
        """Return the condition under which statements return something true; None where they do more."""
        match body:
            case (ir.Expression(value=ir.Constant()), *rest):
                return self._decides(tuple(rest), depth)
            case (ir.Return(value=ir.Constant(kind="bool", value=value)), *_):
                return AllOf(()) if value else AnyOf(())
            case (ir.Return(value=value), *_) if value is not None and depth > 0:
                return self.read(value, depth)
            case (ir.If(test=test, body=then, orelse=orelse), *rest):
                asked = self.read(test, depth)
                yes = self._decides((*then, *rest), depth - 1) if depth > 0 else None
                no = self._decides((*orelse, *rest), depth - 1) if depth > 0 else None
                if yes is None or no is None:
                    return None
                return _any_of((AllOf((asked, yes)), AllOf((Opposite(asked), no))))
        return None


def _any_of(parts: tuple[Predicate, ...]) -> Predicate:
    """Return the disjunction, tests of one value for classes as one test for all of them."""
    named = [part for part in parts if isinstance(part, OfClass) and isinstance(part.subject, ir.Name)]
    subjects = {part.subject.id for part in named if isinstance(part.subject, ir.Name)}
    if len(named) == len(parts) > 1 == len(subjects) and not any(part.is_exact for part in named):
        return OfClass(named[0].subject, tuple(cls for part in named for cls in part.classes))
    return AnyOf(parts)


def _is_unread(predicate: Predicate) -> bool:
    match predicate:
        case Unread():
            return True
        case Opposite(operand=operand) | Elsewhere(inner=operand):
            return _is_unread(operand)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return bool(parts) and all(_is_unread(part) for part in parts)
    return False
