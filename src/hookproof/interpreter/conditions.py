"""How conditions come out in a program: decided by what is known there, or expected where it simply runs."""

from __future__ import annotations

from hookproof.evaluator.literals import COMPARISONS, compared
from hookproof.evaluator.predicate import (
    AllOf,
    AnyOf,
    Elsewhere,
    Has,
    InMode,
    Named,
    OfClass,
    Opposite,
    Predicate,
    Unread,
)
from hookproof.evaluator.predicates import Predicates
from hookproof.interpreter.asked import Asked
from hookproof.interpreter.domain import Frame, Value, Values, only
from hookproof.interpreter.guards import Test, read_test
from hookproof.interpreter.identity import are_one
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import ClassValue, ConstantValue, ContainerValue, ExternalValue
from hookproof.interpreter.running import Running
from hookproof.interpreter.settled import class_name, has, holder, is_in_a_function, settled, texts
from hookproof.interpreter.values import ScriptValue
from hookproof.interpreter.wrapped import WrappedModule
from hookproof.semantic.definitions import Definition, External
from hookproof.syntax import ir

_BASES = frozenset({"torch.nn.Module", "torch.nn.modules.module.Module", "builtins.object"})


def truth(run: Running, test: ir.Expr, frame: Frame) -> bool | None:
    """Return whether a condition on values that are known holds, None where that is unknown."""
    if run.takes_every_way:
        return None
    return _Decider(run, frame, is_expected=False).truth(test)


def expected(run: Running, test: ir.Expr, frame: Frame) -> bool | None:
    """Tell how a condition comes out for the modules that are known, in a program that simply runs."""
    return _Decider(run, frame, is_expected=True).truth(test)


def outcome(run: Running, test: ir.Expr, frame: Frame) -> bool | None:
    """Tell how a condition comes out, None where that is not known."""
    holds = truth(run, test, frame)
    return expected(run, test, frame) if holds is None else holds


class _Decider:
    """Decides the predicates that conditions come to, of what the names of one frame stand for.

    Where it `is_expected` that the program simply runs, a name that may be one module is that module.
    """

    def __init__(self, run: Running, frame: Frame, *, is_expected: bool) -> None:
        self._run, self._frame, self._is_expected = run, frame, is_expected

    def truth(self, test: ir.Expr) -> bool | None:
        """Return whether a condition holds."""
        # A name that was given the outcome of a test has that of then.
        is_flow_known = not self._is_expected
        predicates = Predicates(
            self._run.project,
            self._frame.scope,
            is_flow_known=is_flow_known,
            named=lambda expr: _definitions(self._run, expr, self._frame),
            methods=lambda func: _functions(self._run, func, self._frame),
            texts_of=lambda expr: texts(self._run, expr, self._frame),
        )
        return self._decided(predicates.read(test))

    def _decided(self, predicate: Predicate) -> bool | None:
        match predicate:
            case Opposite(operand=operand):
                return _negated(self._decided(operand))
            case AllOf(parts=parts) | AnyOf(parts=parts):
                return either_way([self._decided(part) for part in parts], isinstance(predicate, AnyOf))
            case Elsewhere(of_each=ir.Call() as call):
                counts = self._counts(call)
                return self._of_each(call) if counts is None else counts
            case Elsewhere(inner=inner):
                return self._decided(inner)
            case InMode():
                return False if self._is_expected else None
            case Has(subject=subject, name=named):
                return has(self._run, self._values(subject), self._values(named))
            case OfClass(subject=subject):
                return _is_of(self._one(subject), predicate)
            case Named(subject=subject, names=names, is_called=False):
                name = class_name(self._one(subject))
                return name in names if name is not None else None
            case Unread(inside=inside, expr=expr) if inside is not None:
                given = {name: self._values(value) for name, value in inside.given.items()}
                frame = Frame(inside.scope, given, self._frame, inside.function)
                return _Decider(self._run, frame, is_expected=self._is_expected)._unread(expr)
            case Unread(comes_to=decided) if decided is not None:
                return self._decided(decided)
            case Unread(expr=expr):
                return self._unread(expr)
        return None

    def _of_each(self, call: ir.Call) -> bool | None:
        """Return what `any` or `all` gives where what stands for each of several things decides it."""
        match call:
            case ir.Call(
                func=ir.Name(id=name),
                args=(
                    ir.Argument(
                        value=ir.Comprehension(
                            elements=(element,), clauses=(ir.Clause(target=ir.Name(id=each), iter=iterable),)
                        )
                    ),
                ),
            ):
                frame, given = self._frame, self._run.elements(self._values(iterable))
                inner = Frame(frame.scope, {**frame.locals, each: given}, frame.parent, frame.function)
                found = _Decider(self._run, inner, is_expected=self._is_expected).truth(element)
                return found if found is (name == "all") else None
        return None

    def _values(self, expr: ir.Expr) -> Values:
        return self._run.evaluate(expr, self._frame)

    def _one(self, expr: ir.Expr) -> Value | None:
        """Return the value that an expression has, or is expected to have."""
        value = settled(self._run, expr, self._frame)
        if value is None and self._is_expected and isinstance(expr, ir.Name):
            return only(self._frame.locals.get(expr.id, ()))
        return value

    # --- what is asked of values -------------------------------------------------------------------------

    def _unread(self, test: ir.Expr) -> bool | None:
        match test:
            case ir.Operation(op="==", operands=(ir.Name(id="__name__"), ir.Constant())):
                if self._frame.file.path in self._run.names.imported:
                    return False
                return True if self._is_expected else None  # of what may be imported, nothing is said
            case ir.Operation(op="is" | "is not" as op, operands=(left, ir.Constant(kind="None"))):
                return _as_asked(op, self._is_none(left))
            case ir.Operation(op="in" | "not in" as op, operands=(left, right)):
                return _as_asked(op, self._is_in(left, right))
            case ir.Operation(op=op, operands=(left, *others)) if COMPARISONS.issuperset(_orders(op)):
                pairs = zip(_orders(op), [left, *others], others, strict=False)
                return either_way([self._compared(*pair) for pair in pairs], False)
            case ir.Name() | ir.Attribute() | ir.Subscript() | ir.Call() | ir.Constant():
                return self._counts(test)
        return None

    def _counts(self, test: ir.Expr) -> bool | None:
        """Return whether a value counts as true."""
        value = settled(self._run, test, self._frame)
        if isinstance(value, ConstantValue):
            is_counted = not isinstance(test, (ir.Name, ir.Attribute)) or (
                isinstance(test, ir.Name) and test.id in self._frame.counted
            )
            return None if isinstance(value.value, str) and not is_counted else bool(value.value)
        match test:
            case ir.Name(id=name):
                return self._counts_by_name(name)
            case ir.Call() | ir.Attribute() | ir.Subscript() if value not in self._run.handed_on:
                return value.truth(self._run) if value is not None else None
        return None

    def _counts_by_name(self, name: str) -> bool | None:
        """Return whether a module that was made here, or a container that is known, counts as true."""
        value = only(self._frame.locals.get(name, ()))
        if value is None:
            return None
        is_shared = self._frame.function is None and is_in_a_function(name, self._frame)
        is_open = isinstance(value, ContainerValue) and (is_shared or value in self._run.handed_on)
        return None if is_open else value.truth(self._run)

    def _is_none(self, left: ir.Expr) -> bool | None:
        value = settled(self._run, left, self._frame)
        if value is not None:
            return value.is_none
        if isinstance(left, ir.Walrus) and self._is_expected:
            made = only(self._frame.locals.get(left.target.id, ()))
            return False if isinstance(made, ObjectValue) and made.is_created else None
        match left:
            case ir.Call(func=ir.Name(id="getattr"), args=(subject, name, _)) if self._is_expected:
                is_there = has(self._run, self._values(subject.value), self._values(name.value))
                return False if is_there else None  # what is there is hardly None
        return None

    def _is_in(self, left: ir.Expr, right: ir.Expr) -> bool | None:
        value = settled(self._run, left, self._frame)
        owner = _namespace(right)
        if owner is not None:
            return self._is_named_in(value, *owner)
        held = holder(self._run, right, self._frame)
        held = held.iterated(self._run) if isinstance(held, ContainerValue) else held
        match value, held:
            case ConstantValue(value=str(part)), ConstantValue(value=str(text)):
                return part in text
        if not isinstance(held, ContainerValue) or not held.is_exact:
            return None
        items = [only(item) for item in held.items]
        if isinstance(value, ConstantValue) and all(isinstance(item, ConstantValue) for item in items):
            return value in items
        return either_way([are_one(self._run, value, item) for item in items], True)

    def _is_named_in(self, name: Value | None, subject: ir.Expr, is_complete: bool) -> bool | None:
        """Return whether a module has an attribute of which one of its own tables need not speak."""
        if name is None:
            return None
        is_there = has(self._run, self._values(subject), (name,))
        return is_there if is_complete or not is_there else None

    def _compared(self, op: str, left: ir.Expr, right: ir.Expr) -> bool | None:
        match left, right:
            case ir.Call(func=ir.Name(id="id"), args=(one,)), ir.Call(func=ir.Name(id="id"), args=(other,)):
                return self._compared("is" if op == "==" else "is not", one.value, other.value)
        one_value, other_value = (settled(self._run, side, self._frame) for side in (left, right))
        if isinstance(one_value, ConstantValue) and isinstance(other_value, ConstantValue):
            return compared(op, one_value.value, other_value.value)
        if op in {"is", "is not", "==", "!="}:
            sides = [only(self._values(side)) for side in (left, right)]
            return _as_asked(op, are_one(self._run, *sides))
        return None


def _orders(op: str) -> list[str]:
    """Return the operators of a comparison: `a < b < c` has two."""
    return [op] if op in COMPARISONS else op.split()


def _negated(holds: bool | None) -> bool | None:
    return None if holds is None else not holds


def _as_asked(op: str, is_so: bool | None) -> bool | None:
    return is_so if op in {"is", "in", "=="} else _negated(is_so)


def either_way(truths: list[bool | None], decides: bool) -> bool | None:
    """Return whether one of these holds where that `decides`, else whether each does."""
    if decides in truths:
        return decides
    return None if None in truths else not decides


def counts_as_true(run: Running, value: Value | None) -> bool | None:
    """Return whether a value counts as true, None where that is not known."""
    return bool(value.value) if isinstance(value, ConstantValue) else value.truth(run) if value else None


def _namespace(expr: ir.Expr) -> tuple[ir.Expr, bool] | None:
    """Return the module whose names a table has, and whether it has all of them: `dir(m)`, `m.__dict__`."""
    match expr:
        case ir.Call(func=ir.Name(id="dir" | "vars" as func), args=(subject,)):
            return subject.value, func == "dir"
        case ir.Attribute(value=subject, attr="__dict__" | "_parameters" | "_modules" | "_buffers"):
            return subject, False
        case ir.Call(
            func=ir.Name(id="dict"),
            args=(ir.Argument(value=ir.Call(func=ir.Attribute(value=subject, attr=attr), args=())),),
        ) if attr in {"named_buffers", "named_children", "named_parameters"}:
            return subject, False
    return None


# --- classes ---------------------------------------------------------------------------------------------


def _is_of(value: Value | None, test: OfClass) -> bool | None:
    """Return whether a module that was made here is of one of the classes of a test."""
    if isinstance(value, ScriptValue):
        return _script_is_of(test)
    if isinstance(value, WrappedModule):
        return _wrapper_is_of(test)
    cls = value.module_class if isinstance(value, ObjectValue) and value.is_created else None
    if cls is None:
        return None
    if test.asks_for_scripts:
        return False
    names = [getattr(found, "qualname", None) for found in test.classes]
    truths = [cls.is_a(name) if isinstance(name, str) else None for name in names]
    if test.is_exact and cls.qualname not in names:
        # A class of torch has several names; one of the project has one, whatever derives from what.
        is_told = None not in truths if cls.definition is not None else set(truths) == {False}
        return False if is_told else None
    return either_way(truths, True)


def _wrapper_is_of(test: OfClass) -> bool | None:
    """Return whether what `torch.compile` gives is of one of the classes of a test: it has one of its own."""
    names = [getattr(found, "qualname", None) for found in test.classes]
    if not all(isinstance(name, str) for name in names):
        return None
    is_own = any(str(name).endswith(".OptimizedModule") for name in names)
    return is_own or (not _BASES.isdisjoint(names) and not test.is_exact)


def _script_is_of(test: OfClass) -> bool | None:
    """Return whether a script module is of one of the classes of a test: of no eager one but `nn.Module`."""
    if test.asks_for_scripts:
        return True
    names = [getattr(found, "qualname", None) for found in test.classes]
    if not all(isinstance(name, str) for name in names):
        return None
    return not _BASES.isdisjoint(names) and not test.is_exact


def what_it_says(run: Running, test: ir.Expr, frame: Frame) -> Test:
    """Return what a condition says of its branches, by what its names stand for here."""
    return read_test(
        test,
        frame.scope,
        run.project,
        lambda expr: _definitions(run, expr, frame),
        lambda func: _functions(run, func, frame),
        lambda expr: texts(run, expr, frame),
    )


def _functions(run: Running, func: ir.Expr, frame: Frame) -> tuple[Definition | None, ...]:
    """Return the functions and methods that an expression may come to."""
    values = run.evaluate(func, frame)
    return tuple(value.definition for value in values if isinstance(value, FunctionValue))


def _definitions(run: Running, expr: ir.Expr, frame: Frame) -> tuple[Definition | None, ...]:
    """Return the classes, or functions, that an expression comes to, none where one of them is not known."""
    found: list[Definition] = []
    waiting = [settled(run, expr, frame) or only(run.evaluate(expr, frame))]
    while waiting:
        match waiting.pop():
            case ContainerValue(kind="tuple" | "list" | "set") as held if held.now(run).is_exact:
                waiting += map(only, held.now(run).items)
            case ClassValue(definition=definition):
                found.append(definition)
            case ExternalValue(qualname=qualname):
                found.append(External(qualname))
            case FunctionValue(definition=definition, bound_self=None):
                found.append(definition)
            case _:
                return ()
    return tuple(found)


# --- loops, and conditions on what is unknown --------------------------------------------------------------


def is_all(run: Running, iterable: ir.Expr, frame: Frame) -> bool:
    """Return whether nothing else is in what a loop goes over than what was seen to be put there."""
    match iterable:
        case ir.Name(id=name):
            is_open = frame.function is None or name not in frame.locals
            return not is_open and run.handed_on.isdisjoint(frame.locals[name])
        case ir.Call(func=ir.Attribute(value=owner, attr="items" | "keys" | "values")):
            return is_all(run, owner, frame)
        case ir.Call(func=ir.Name(), args=args):
            return all(is_all(run, argument.value, frame) for argument in args)
        case ir.Comprehension(clauses=(clause, *_)):
            return is_all(run, clause.iter, frame)
    return isinstance(iterable, (ir.Call, ir.Constant, ir.Sequence))


def ask(run: Running, test: ir.Expr, frame: Frame) -> Asked | None:
    """Evaluate a condition; return what it asks of which unknown value, None for anything but one."""
    asked = _asked(run, test, frame)
    return None if run.takes_every_way else asked


def _asked(run: Running, test: ir.Expr, frame: Frame) -> Asked | None:
    match test:
        case ir.Operation(op="not", operands=(operand,)):
            asked = _asked(run, operand, frame)
            return None if asked is None else asked.negated
        case ir.Operation(
            op="==" | "!=" | "is" | "is not" as op, operands=(left, ir.Constant(kind=kind, value=other))
        ) if other is not None or kind == "None":
            unknown = _unknown(run.evaluate(left, frame))
            if unknown is None:
                return None
            return Asked(unknown, (other, type(other)), op in {"==", "is"})
    unknown = _unknown(run.evaluate(test, frame))
    return Asked(unknown) if unknown is not None else None


def _unknown(values: Values) -> ObjectValue | None:
    match values:
        case (ObjectValue(is_created=False) as value,):
            return value
    return None
