"""Reads what a test says about the code that it guards, in the words of `guard_words`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, TypeGuard

from hookproof.evaluator.domain import Evaluator, Frame, Value
from hookproof.evaluator.guard_words import NONE, UNREACHED, Guards, Test, as_operand
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
from hookproof.evaluator.tracked import (
    ClassOf,
    ModuleValue,
    NamespaceValue,
    attribute_of,
    lacks,
)
from hookproof.evaluator.types import is_captured
from hookproof.evaluator.values import Flag, text_of
from hookproof.facts.entries import SCRIPT_ATTRIBUTES, SCRIPT_CLASS_NAMES
from hookproof.semantic.definitions import Definition, External
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.modules.module_class import AttributeFact
    from hookproof.semantic.project import Project

_NOTHING: Guards = frozenset({"never"})
_MODULES = "torch.nn."


class TestReader:
    """Reads conditions; `peek` says what an expression stands for without recording a use."""

    def __init__(self, project: Project, scope: Scope, peek: Callable[[ir.Expr], Value | None]) -> None:
        self._project = project
        self._scope = scope
        self._peek = peek
        self._predicates = Predicates(project, scope, is_flow_known=True)

    def read(self, test: ir.Expr) -> Test:
        """Return what `test` says."""
        return self._said(self._predicates.read(test))

    def _said(self, predicate: Predicate) -> Test:
        match predicate:
            case Opposite(operand=operand):
                inner = self._said(operand)
                return Test(inner.no, inner.yes)
            case AllOf(parts=parts):
                told = [self._said(part) for part in parts]
                return Test(_united(part.yes for part in told), _shared(part.no for part in told))
            case AnyOf(parts=parts):
                told = [self._said(part) for part in parts]
                # What nothing gets to says the same as whatever the other parts say.
                yes = _shared(part.yes for part in told if part.yes != _NOTHING) if parts else _NOTHING
                return Test(yes, _united(part.no for part in told))
            case OfClass(subject=subject, classes=classes, is_exact=False) if isinstance(
                module := self._peek(subject), ModuleValue
            ):
                return self._isinstance(module, classes)
            case OfClass(subject=subject) | Named(subject=subject) if isinstance(
                self._peek(subject), ModuleValue
            ):
                if predicate.asks_for_scripts:
                    return Test(frozenset({"script-module"}), frozenset({"script-module"}))
                found = Test(frozenset({"class"}), frozenset({"not class"}))
                # Compiled code refuses the call by itself.
                is_called = isinstance(predicate, Named) and predicate.is_called
                return Test(as_operand(found.yes), as_operand(found.no)) if is_called else found
            case Has(subject=subject, name=name) if isinstance(module := self._peek(subject), ModuleValue):
                return _hasattr(module, name)
            case InMode(is_scripting=True):
                return Test(frozenset({"scripting"}), frozenset({"eager"}))
            case InMode():
                return Test(frozenset({"tracing"}))
            case Elsewhere(inner=inner):
                # Compiled code compiles both branches under a test that it does not see as one.
                told_there = self._said(inner)
                return Test(as_operand(told_there.yes), as_operand(told_there.no))
            case Unread(expr=expr):
                return self._unread(expr)
        return Test()

    def _unread(self, test: ir.Expr) -> Test:
        match test:
            case ir.Operation(op="is" | "is not" | "==" | "!=" | "in" | "not in", operands=(left, right)):
                compared = self._comparison(left, right)
                return Test(compared.no, compared.yes) if test.op in {"is not", "!=", "not in"} else compared
            case ir.Constant(value=value, kind="bool" | "int" | "None"):
                return Test(yes=NONE if value else frozenset({"never"}))
            case ir.Name() | ir.Attribute():
                return self._name(test)
            case ir.Call(func=ir.Name(id="issubclass"), args=(cls, _)) if isinstance(
                self._peek(cls.value), ClassOf
            ):
                return Test(frozenset({"class"}), frozenset({"not class"}))
        return Test()

    def flag(self, test: ir.Expr) -> Flag | None:
        """Return what a test says once its outcome has a name: compiled code takes both branches then."""
        found = self.read(test) if isinstance(test, (ir.Call, ir.Operation)) else Test()
        return Flag(as_operand(found.yes), as_operand(found.no)) if found.both else None

    def _name(self, test: ir.Expr) -> Test:
        known = self._peek(test)
        if isinstance(known, Flag):
            return Test(known.yes, known.no)
        definition = self._project.resolve(self._scope, test)
        if isinstance(definition, External) and definition.qualname.endswith("typing.TYPE_CHECKING"):
            return Test(yes=frozenset({"never"}))
        if is_captured(self._project, self._scope, test):
            return Test(frozenset({"captured"}), frozenset({"captured"}))
        return Test()

    def _comparison(self, left: ir.Expr, right: ir.Expr) -> Test:
        if isinstance(right, ir.Constant) and right.kind == "None":
            return self._none(left)
        if self._is_class_of(left) or self._is_class_of(right):
            return Test(frozenset({"class"}), frozenset({"not class"}))
        return self._member(left, right) or Test()

    def _member(self, left: ir.Expr, right: ir.Expr) -> Test | None:
        """`"x" in m.__dict__`, `"x" in vars(m)`, `"x" in dir(m)` ask what `hasattr` asks."""
        name = text_of(self._peek(left))
        if isinstance(right, ir.Call) and _is_name(right.func, "dir") and len(right.args) == 1:
            module = self._peek(right.args[0].value)
        else:
            namespace = self._peek(right)
            module = namespace.module if isinstance(namespace, NamespaceValue) else None
        if name is None or not isinstance(module, ModuleValue):
            return None
        return _hasattr(module, ir.Constant(0, "str", name))

    def _none(self, left: ir.Expr) -> Test:
        if isinstance(left, ir.Walrus):
            left = left.value
        if is_getattr(left) and isinstance(self._peek(left.args[0].value), ModuleValue):
            return Test(frozenset({"hasattr"}), frozenset({"hasattr"}))
        if isinstance(left, ir.Attribute):
            module = self._peek(left.value)
            if isinstance(module, ModuleValue):
                return _none_test(attribute_of(module, left.attr))
        return Test()

    def _is_class_of(self, expr: ir.Expr) -> bool:
        """Return whether `expr` is a module's class, or its name."""
        while True:
            if isinstance(expr, ir.Attribute) and expr.attr.startswith("__"):
                if isinstance(self._peek(expr), ClassOf):
                    return True
                expr = expr.value
            elif (
                isinstance(expr, ir.Call)
                and isinstance(expr.func, ir.Attribute)
                and expr.func.attr != "_get_name"
            ):
                expr = expr.func.value
            elif isinstance(expr, ir.Call) and _is_name(expr.func, "str") and len(expr.args) == 1:
                expr = expr.args[0].value
            else:
                break
        return isinstance(self._peek(expr), ClassOf)

    def _isinstance(self, module: ModuleValue, classes: tuple[Definition | None, ...]) -> Test:
        known = [getattr(found, "qualname", None) for found in classes]
        named = [name for name in known if isinstance(name, str)]
        if not named:
            return Test(frozenset({"class"}), frozenset({"not class"}))
        if any(name.rpartition(".")[2] in SCRIPT_CLASS_NAMES for name in named):
            return Test(frozenset({"script-module"}), frozenset({"script-module"}))
        if any(name in {"torch.nn.Module", "torch.nn.modules.module.Module"} for name in named):
            return Test(no=frozenset({"never"}))
        if module.owner is not None and any(module.owner.is_a(name) for name in named):
            return Test(frozenset({"this class"}), frozenset({"not this class"}))
        is_decided = "original" not in module.guards and all(name.startswith(_MODULES) for name in named)
        return Test(frozenset({"class"}) | (UNREACHED if is_decided else NONE), frozenset({"not class"}))


def _tests(run: Evaluator, frame: Frame) -> TestReader:
    return TestReader(run.project, frame.scope, partial(run.peek, frame=frame))


def read_test(run: Evaluator, test: ir.Expr, frame: Frame, truth: bool | None) -> Test:
    """Return what a condition says that comes out so, as far as that is known."""
    # Where only what is handed on counts, the words of guards do not.
    found = Test() if run.is_thrifty else _tests(run, frame).read(test)
    if truth is None or "never" in found.both or not UNREACHED.isdisjoint(found.both):
        return found
    return Test(found.yes, found.no | UNREACHED) if truth else Test(found.yes | UNREACHED, found.no)


def class_names(run: Evaluator, classes: ir.Expr, frame: Frame) -> tuple[str, ...]:
    """Return the classes of an `isinstance` test by name."""
    found = Predicates(run.project, frame.scope, is_flow_known=True).classes(classes)
    return tuple(name for cls in found if isinstance(name := getattr(cls, "qualname", None), str))


def flag(run: Evaluator, test: ir.Expr, frame: Frame) -> Flag | None:
    """Return what a test says once its outcome has a name."""
    return None if run.is_thrifty else _tests(run, frame).flag(test)


def _none_test(fact: AttributeFact | None) -> Test:
    """TorchScript decides `m.x is None` while compiling unless `m.x` is an Optional."""
    undecided = frozenset({"none"})
    name = fact.type.name if fact is not None else None
    if fact is None or name is None or fact.kind == "parameter":
        return Test(undecided, undecided)
    if name == "NoneType":
        return Test(no=undecided | UNREACHED)
    return Test() if name.startswith(("Optional", "Union")) else Test(yes=undecided)


def _hasattr(module: ModuleValue, name: ir.Expr) -> Test:
    if not isinstance(name, ir.Constant):
        return Test(frozenset({"hasattr"}), frozenset({"not hasattr"}))
    if name.value in SCRIPT_ATTRIBUTES:
        return Test(frozenset({"script-module", "hasattr"}), frozenset({"script-module", "hasattr"}))
    yes, no = frozenset({"hasattr"}), frozenset({"not hasattr", missing(module.path, str(name.value))})
    fact = attribute_of(module, str(name.value))
    if fact is not None and _is_kept(fact):
        yes = frozenset({"hasattr kept"})
    if lacks(module, str(name.value)):
        yes |= UNREACHED
    elif fact is not None and fact.kind == "submodule" and not fact.is_conditional:
        no |= UNREACHED
    return Test(yes, no)


def _is_kept(fact: AttributeFact) -> bool:
    """Return whether scripting certainly keeps an attribute."""
    return fact.is_compiled is True and not fact.is_conditional and not fact.jit


def missing(path: tuple[str, ...], name: str) -> str:
    """Return the guard that says that a module has no attribute of that name."""
    return f"missing {'.'.join((*path, name))}"


def _is_name(expr: ir.Expr, name: str) -> bool:
    return isinstance(expr, ir.Name) and expr.id == name


def is_getattr(expr: ir.Expr) -> TypeGuard[ir.Call]:
    """Return whether an expression is a `getattr` with a default."""
    return isinstance(expr, ir.Call) and _is_name(expr.func, "getattr") and len(expr.args) == 3


def _united(parts: Iterable[Guards]) -> Guards:
    return NONE.union(*parts)


def _shared(parts: Iterable[Guards]) -> Guards:
    sets = list(parts)
    return sets[0].intersection(*sets[1:]) if sets else NONE
