"""Tests that keep ScriptModules out, and tests that say what class a module is."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from hookproof.collect import ir
from hookproof.link.bindings import function_bindings, function_names
from hookproof.link.case import Scope
from hookproof.link.definitions import (
    ClassDefinition,
    Definition,
    External,
    FunctionDefinition,
    ValueDefinition,
)
from hookproof.link.entries import SCRIPT_MODULES, TRACING_STATE_TESTS
from hookproof.link.expressions import children
from hookproof.link.project import Project

_CATCHES = frozenset({"builtins.RuntimeError", "builtins.Exception", "builtins.BaseException"})
_SCRIPT_ATTRIBUTES = frozenset({"_c", "graph", "code", "original_name", "inlined_graph"})
_SCRIPT_CLASS_NAMES = frozenset({"ScriptModule", "RecursiveScriptModule", "TopLevelTracedModule"})
_CLASS_WORDS = frozenset({"isinstance", "issubclass", "type", "__class__"})
_COMPARES = frozenset({"is", "==", "in", "is not", "!=", "not in"})
_EXPECTING_CONTEXTS = frozenset({"contextlib.suppress", "pytest.raises"})


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


def read_test(test: ir.Expr, scope: Scope, project: Project) -> Test:
    """Return what a condition says of its branches."""
    match test:
        case ir.Operation(op="not", operands=(operand,)):
            return read_test(operand, scope, project).negated
        case ir.Operation(op="and", operands=operands):
            return _all_of([read_test(operand, scope, project) for operand in operands])
        case ir.Operation(op="or", operands=operands):
            parts = [read_test(operand, scope, project) for operand in operands]
            guards_then = all(part.guards_then for part in parts)
            return replace(_all_of([part.negated for part in parts]).negated, guards_then=guards_then)
        case ir.Call(func=ir.Name(id="isinstance"), args=(subject, classes)):
            return _class_test(subject.value, _classes(classes.value, scope, project))
        case ir.Call(
            func=ir.Name(id="any"), args=(ir.Argument(value=ir.Comprehension(elements=(element,))),)
        ):
            return Test(guards_else=read_test(element, scope, project).guards_else)
        case ir.Call(func=ir.Name(id="hasattr"), args=(_, name)):
            if isinstance(name.value, ir.Constant) and name.value.value in _SCRIPT_ATTRIBUTES:
                return Test(guards_else=True)
        case ir.Call(func=func) if _is_external(project.resolve(scope, func), TRACING_STATE_TESTS):
            return Test(guards_then=True, guards_else=True)
        case ir.Call(func=func) if (told := _told_by(func, scope, project)) is not None:
            return told
        case ir.Call(func=func, args=args) if _may_test_class(func, scope, project):
            return Test(judged=tuple(arg.value.id for arg in args if isinstance(arg.value, ir.Name)))
        case ir.Operation(op=op, operands=(left, right)) if op in _COMPARES:
            return _comparison(op, left, right, scope, project)
    return Test()


def _all_of(parts: list[Test]) -> Test:
    refined = next((part for part in parts if part.refined), Test())
    guards_then = any(part.guards_then for part in parts)
    return replace(refined, guards_then=guards_then, guards_else=False, judged=_judged(parts))


def _told_by(func: ir.Expr, scope: Scope, project: Project) -> Test | None:
    """Return what a function of the project tells that does nothing but test for ScriptModules."""
    definition = project.resolve(scope, func)
    if not isinstance(definition, FunctionDefinition) or definition.owner is not None:
        return None
    match definition.function.body:
        case (ir.Return(value=value),) if value is not None and not isinstance(value, ir.Name):
            inner = Scope(definition.scope.file, (*definition.scope.functions, definition.function))
            test = read_test(value, inner, project) if not _calls(value, definition.name) else Test()
            is_guard = test.guards_then or test.guards_else
            return Test(test.guards_then, test.guards_else) if is_guard and not test.judged else None
    return None


def _calls(expr: ir.Expr, name: str) -> bool:
    is_named = isinstance(expr, ir.Name) and expr.id == name
    return is_named or any(_calls(part, name) for part in children(expr))


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


def is_guarding_handler(handler: ir.Handler, scope: Scope, project: Project) -> bool:
    """Return whether an `except` clause catches the RuntimeError of a refused registration."""
    if handler.exceptions is None:
        return True
    return any(_is_external(found, _CATCHES) for found in _classes(handler.exceptions, scope, project))


def is_guarding_context(context: ir.Expr, scope: Scope, project: Project) -> bool:
    """Return whether a `with` item expects the error: `suppress`, or a test's `raises` or `assertRaises…`."""
    if not isinstance(context, ir.Call):
        return False
    if isinstance(context.func, ir.Attribute) and context.func.attr.startswith("assertRaises"):
        return True
    return _is_external(project.resolve(scope, context.func), _EXPECTING_CONTEXTS)


def catches_refusal(handler: ir.Handler, scope: Scope, project: Project) -> bool:
    """Return whether an `except` clause catches the ValueError or RuntimeError of a refused trace."""
    if handler.exceptions is None:
        return True
    names = _CATCHES | {"builtins.ValueError"}
    return any(_is_external(found, names) for found in _classes(handler.exceptions, scope, project))


def is_script_annotation(annotation: ir.Expr | None, scope: Scope, project: Project) -> bool:
    """Return whether an annotation says that a value is a ScriptModule."""
    if annotation is None:
        return False
    if isinstance(annotation, ir.Constant) and isinstance(annotation.value, str):
        return annotation.value in SCRIPT_MODULES
    return _is_external(project.resolve(scope, annotation), SCRIPT_MODULES)


def _class_test(subject: ir.Expr, classes: tuple[Definition | None, ...]) -> Test:
    known = tuple(found for found in classes if found is not None)
    scripted = any(_is_external(found, SCRIPT_MODULES) for found in known)
    name = subject.id if isinstance(subject, ir.Name) else None
    if scripted:
        return Test(guards_else=True)
    # A class that cannot be followed is hardly `nn.Module` itself: no ScriptModule is an instance of it.
    narrow = bool(classes) and not any(_is_base_module(found) for found in known)
    is_known = narrow and len(known) == len(classes)
    return Test(guards_then=narrow, refined=name if is_known else None, classes=known)


def _judged(parts: list[Test]) -> tuple[str, ...]:
    return tuple(name for part in parts for name in part.judged)


def _may_test_class(func: ir.Expr, scope: Scope, project: Project) -> bool:
    """Tell whether a function may look at the class of what it is given: one that is not known may."""
    match project.resolve(scope, func):
        case FunctionDefinition() as definition:
            return not _CLASS_WORDS.isdisjoint(function_names(definition.function))
        case External() | ClassDefinition():
            return False
    is_own = isinstance(func, ir.Attribute) and isinstance(func.value, ir.Name) and func.value.id == "self"
    return is_own or isinstance(func, ir.Name)


def _comparison(op: str, left: ir.Expr, right: ir.Expr, scope: Scope, project: Project) -> Test:
    tracing = [
        operand
        for operand in (left, right)
        if isinstance(operand, ir.Call)
        and _is_external(project.resolve(scope, operand.func), TRACING_STATE_TESTS)
    ]
    if tracing:
        return Test(guards_then=True, guards_else=True)
    subject = _type_subject(left, scope, project)
    if subject is None and op in {"==", "!="}:
        subject, right = _type_subject(right, scope, project), left
    if subject is None:
        return Test()
    names = texts_of(right, scope, project)
    if names is not None and not _SCRIPT_CLASS_NAMES.isdisjoint(names):
        exact = Test(guards_else=True)
    elif names is not None:
        found = tuple(project.lookup(scope, name) for name in names)
        classes = tuple(cls for cls in found if isinstance(cls, ClassDefinition))
        name = subject.id if isinstance(subject, ir.Name) else None
        exact = Test(True, False, name, classes, class_names=names, is_exact=True)
    else:
        known = _class_test(subject, _classes(right, scope, project))
        exact = Test(True, False, known.refined, known.classes, is_exact=True)
    return exact if op in {"is", "==", "in"} else exact.negated


def texts_of(expr: ir.Expr, scope: Scope, project: Project) -> tuple[str, ...] | None:
    """Return the literal texts that an expression stands for, None where it is anything else."""
    match expr:
        case ir.Constant(kind="str", value=str(text)):
            return (text,)
        case ir.Sequence(items=items) if items:
            each = [texts_of(item, scope, project) for item in items]
            known = [texts for texts in each if texts is not None]
            return tuple(text for texts in known for text in texts) if len(known) == len(each) else None
        case ir.Name() | ir.Attribute():
            definition = project.resolve(scope, expr)
            if isinstance(definition, ValueDefinition) and isinstance(
                definition.value, (ir.Constant, ir.Sequence)
            ):
                return texts_of(definition.value, definition.scope, project)
    return None


def _type_subject(expr: ir.Expr, scope: Scope, project: Project) -> ir.Expr | None:
    match expr:
        case ir.Name(id=name) if scope.functions:
            binders = function_bindings(scope.functions[-1]).get(name, ())
            only = binders[0] if len(binders) == 1 else None
            is_alias = isinstance(only, ir.Assign) and not isinstance(only.value, ir.Name)
            if is_alias and isinstance(only, ir.Assign) and only.value is not None:
                return _type_subject(only.value, scope, project)
        case ir.Name(id=name):
            given = project.lookup(scope, name)
            if isinstance(given, ValueDefinition) and isinstance(given.value, (ir.Attribute, ir.Call)):
                return _type_subject(given.value, scope, project)
        case ir.Call(func=ir.Name(id="type"), args=(subject,)):
            return subject.value
        case ir.Attribute(value=value, attr="__class__"):
            return value
        case ir.Attribute(value=inner, attr="__name__"):
            return _type_subject(inner, scope, project)
        case ir.Call(func=ir.Attribute(value=value, attr="_get_name"), args=()):
            return value
    return None


def _classes(expr: ir.Expr, scope: Scope, project: Project, depth: int = 4) -> tuple[Definition | None, ...]:
    if depth == 0:
        return (None,)
    if isinstance(expr, ir.Sequence):
        return tuple(found for item in expr.items for found in _classes(item, scope, project, depth - 1))
    if isinstance(expr, ir.Mapping):
        keys = [key for key in expr.keys if key is not None]
        # An empty table is filled elsewhere.
        return tuple(found for key in keys for found in _classes(key, scope, project, depth - 1)) or (None,)
    if isinstance(expr, ir.Operation) and expr.op in {"+", "|"}:
        return tuple(found for item in expr.operands for found in _classes(item, scope, project, depth - 1))
    if isinstance(expr, ir.Call) and isinstance(expr.func, ir.Attribute) and expr.func.attr == "keys":
        return _classes(expr.func.value, scope, project, depth - 1)
    if isinstance(expr, ir.Call) and len(expr.args) == 1:
        return _classes(expr.args[0].value, scope, project, depth - 1)
    definition = project.resolve(scope, expr)
    if isinstance(definition, ValueDefinition) and definition.value is not None:
        return _classes(definition.value, definition.scope, project, depth - 1)
    return (definition,)


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
