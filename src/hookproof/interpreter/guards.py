"""Tests that keep ScriptModules out, and tests that say what class a module is."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from hookproof.evaluator.errors import ANY_ERROR
from hookproof.evaluator.predicate import (
    AllOf,
    AnyOf,
    Definitions,
    Elsewhere,
    Has,
    InMode,
    Named,
    OfClass,
    Opposite,
    Predicate,
    Unread,
    is_script_class,
)
from hookproof.evaluator.predicates import Predicates
from hookproof.facts.entries import SCRIPT_ATTRIBUTES, SCRIPT_MODULES
from hookproof.semantic.bindings import function_names
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    External,
    FunctionDefinition,
)
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

# The errors of a refused registration.
REFUSED = ANY_ERROR | {"builtins.RuntimeError"}
_CLASS_WORDS = frozenset({"isinstance", "issubclass", "type", "__class__"})
_EXPECTING_CONTEXTS = frozenset({"pytest.raises"})


class Test(Struct, frozen=True):
    """What an `if` says of its two branches.

    `guards_then` and `guards_else` tell that no ScriptModule gets there; `refined` is the name whose class
    is tested, with the classes it then has, `refined_else` that of a test which fails for these classes;
    `judged` are the names that a function judges by their class. `class_names` are what the name of the class
    has to be, for a test of its name; such a test and one of `type(x)` are `is_exact`, subclasses fail them.
    """

    guards_then: bool = False
    guards_else: bool = False
    refined: str | None = None
    classes: tuple[Definition, ...] = ()
    judged: tuple[str, ...] = ()
    refined_else: str | None = None
    classes_else: tuple[Definition, ...] = ()
    class_names: tuple[str, ...] = ()
    is_exact: bool = False

    @property
    def negated(self) -> Test:
        """What the opposite condition says."""
        return Test(
            self.guards_else,
            self.guards_then,
            self.refined_else,
            self.classes_else,
            self.judged,
            self.refined,
            self.classes,
            self.class_names,
            self.is_exact,
        )


class _Around(Struct, frozen=True):
    """Where a condition stands; `methods` finds what it calls of an object, where values are known."""

    scope: Scope
    project: Project
    methods: Definitions | None


def read_test(
    test: ir.Expr,
    scope: Scope,
    project: Project,
    named: Definitions | None = None,
    methods: Definitions | None = None,
    texts_of: Callable[[ir.Expr], tuple[str, ...] | None] | None = None,
) -> Test:
    """Return what a condition says of its branches; who asks says what `Predicates` asks of names."""
    predicates = Predicates(project, scope, named=named, methods=methods, texts_of=texts_of)
    return _said(predicates.read(test), _Around(scope, project, methods))


def _said(predicate: Predicate, around: _Around) -> Test:
    match predicate:
        case Opposite(operand=operand):
            return _said(operand, around).negated
        case AllOf(parts=parts):
            return _all_of([_said(part, around) for part in parts])
        case AnyOf(parts=parts):
            told = [_said(part, around) for part in parts]
            guards_then = all(part.guards_then for part in told)
            return replace(_all_of([part.negated for part in told]).negated, guards_then=guards_then)
        case OfClass(subject=subject, classes=classes, is_exact=is_exact):
            known = _class_test(subject, classes)
            return Test(True, False, known.refined, known.classes, is_exact=True) if is_exact else known
        case Named(subject=subject, names=names):
            if predicate.asks_for_scripts:
                return Test(guards_else=True)
            found = tuple(around.project.lookup(around.scope, name) for name in names)
            defined = tuple(cls for cls in found if isinstance(cls, ClassDefinition))
            name = subject.id if isinstance(subject, ir.Name) else None
            return Test(True, False, name, defined, class_names=names, is_exact=True)
        case Has(name=ir.Constant(value=name)) if name in SCRIPT_ATTRIBUTES:
            return Test(guards_else=True)
        case InMode():
            return Test(guards_then=True)
        case Elsewhere(inner=inner):
            told_there = _said(inner, around)
            return Test(told_there.guards_then, told_there.guards_else, judged=told_there.judged)
        case Unread(expr=ir.Call(func=func, args=args)) if _may_test_class(func, around):
            return Test(judged=tuple(arg.value.id for arg in args if isinstance(arg.value, ir.Name)))
    return Test()


def _all_of(parts: list[Test]) -> Test:
    refined = next((part for part in parts if part.refined), Test())
    guards_then = any(part.guards_then for part in parts)
    guards_else = bool(parts) and all(part.guards_else for part in parts)
    return replace(refined, guards_then=guards_then, guards_else=guards_else, judged=_judged(parts))


def tells_from_none(test: ir.Expr) -> tuple[str, bool] | None:
    """Return the name that a test asks for being None, and whether the test holds where it is not."""
    match test:
        case ir.Name(id=name):
            return name, True
        case ir.Operation(op="not", operands=(ir.Name(id=name),)):
            return name, False
        case ir.Operation(op="is" | "is not" as op, operands=(ir.Name(id=name), ir.Constant(kind="None"))):
            return name, op == "is not"
    return None


def is_expecting_context(context: ir.Expr, scope: Scope, project: Project) -> bool:
    """Return whether a `with` item fails unless the error comes: a test's `raises` or `assertRaises…`."""
    if not isinstance(context, ir.Call):
        return False
    if isinstance(context.func, ir.Attribute) and context.func.attr.startswith("assertRaises"):
        return True
    return _is_external(project.resolve(scope, context.func), _EXPECTING_CONTEXTS)


def is_script_annotation(annotation: ir.Expr | None, scope: Scope, project: Project) -> bool:
    """Return whether an annotation says that a value is a ScriptModule."""
    if annotation is None:
        return False
    if isinstance(annotation, ir.Constant) and isinstance(annotation.value, str):
        return annotation.value in SCRIPT_MODULES
    return _is_external(project.resolve(scope, annotation), SCRIPT_MODULES)


def _class_test(subject: ir.Expr, classes: tuple[Definition | None, ...]) -> Test:
    known = tuple(found for found in classes if found is not None)
    scripted = any(is_script_class(found) for found in known)
    name = subject.id if isinstance(subject, ir.Name) else None
    if scripted:
        return Test(guards_else=True)
    # A class that cannot be followed is hardly `nn.Module` itself: no ScriptModule is an instance of it.
    narrow = bool(classes) and not any(_is_base_module(found) for found in known)
    is_known = narrow and len(known) == len(classes)
    return Test(guards_then=narrow, refined=name if is_known else None, classes=known)


def _judged(parts: list[Test]) -> tuple[str, ...]:
    return tuple(name for part in parts for name in part.judged)


def _may_test_class(func: ir.Expr, around: _Around) -> bool:
    """Return whether a function looks at the class of what it may be given."""
    found = around.project.resolve(around.scope, func)
    called = (found,) if found is not None or around.methods is None else around.methods(func)
    return any(
        isinstance(each, FunctionDefinition) and not _CLASS_WORDS.isdisjoint(function_names(each.function))
        for each in called
    )


def _is_base_module(definition: Definition) -> bool:
    return (isinstance(definition, External) and definition.qualname == "torch.nn.Module") or (
        isinstance(definition, ClassDefinition) and definition.qualname == "torch.nn.modules.module.Module"
    )


def _is_external(definition: Definition | None, names: frozenset[str]) -> bool:
    if isinstance(definition, ClassDefinition):
        return definition.qualname in names or definition.node.name in {
            "ScriptModule",
            "RecursiveScriptModule",
        }
    return isinstance(definition, External) and definition.qualname in names
