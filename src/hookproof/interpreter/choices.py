"""Conditions: which class the values have that they choose, and which of them is no ScriptModule."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.classes.module_classes import module_class_of
from hookproof.evaluator.predicates import (
    AllOf,
    AnyOf,
    Elsewhere,
    Has,
    InMode,
    OfClass,
    Opposite,
    Predicate,
    Predicates,
    Unread,
)
from hookproof.interpreter.conditions import has, truth, what_it_says
from hookproof.interpreter.domain import Access, Frame, Value, Values, only
from hookproof.interpreter.guards import Test
from hookproof.interpreter.name_tests import read_name_test
from hookproof.interpreter.objects import ALL_MODULES, FunctionValue, ObjectValue
from hookproof.interpreter.plain import ConstantValue, ContainerValue, NameValue, pair, some
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import ScriptValue
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_MAX_PICKED = 8
_MAX_PARTS = 64


def refine(run: Running, test: Test, frame: Frame) -> bool:
    """Give a name the class it was tested for, and keep it the same object; tell whether it is known."""
    if test.refined is None or test.refined not in frame.locals:
        return False
    classes = [module_class_of(found, run.project) for found in test.classes]
    known = [one for one in classes if one is not None]
    if not test.class_names and (not known or len(known) < len(classes)):
        return False
    cls = known[0] if len(known) == 1 >= len(test.class_names) else None
    names = test.class_names or tuple(one.qualname for one in known)
    frame.locals[test.refined] = tuple(
        _narrowed(value, names, cls, is_exact=test.is_exact) for value in frame.locals[test.refined]
    )
    return True


def outcome(run: Running, test: ir.Expr, frame: Frame) -> bool | None:
    """Tell how a condition comes out, None where that is not known."""
    holds = truth(run, test, frame)
    return expected(run, test, frame) if holds is None else holds


def expected(run: Running, test: ir.Expr, frame: Frame) -> bool | None:
    """Tell how a condition comes out for the modules that are known, in a program that simply runs."""
    return _expected(run, Predicates(run.project, frame.scope).read(test), frame)


def _expected(run: Running, predicate: Predicate, frame: Frame) -> bool | None:
    match predicate:
        case Opposite(operand=operand):
            is_so = _expected(run, operand, frame)
            return None if is_so is None else not is_so
        case AllOf(parts=parts) | AnyOf(parts=parts):
            decides = isinstance(predicate, AnyOf)
            truths = [_expected(run, part, frame) for part in parts]
            if decides in truths:
                return decides
            return None if None in truths else not decides
        case Elsewhere(inner=inner, of_each=False):
            return _expected(run, inner, frame)
        case InMode():
            return False
        case Has(subject=ir.Name(id=name), name=named):
            return has(run, frame.locals.get(name, ()), run.evaluate(named, frame))
        case OfClass(subject=ir.Name(id=name)):
            held = frame.locals.get(name, ())
            return _is_of(held[0], predicate) if len(held) == 1 else None
        case Unread(expr=ir.Operation(op="==", operands=(ir.Name(id="__name__"), ir.Constant()))):
            return True  # of what is imported only, nothing is said
        case Unread(
            expr=ir.Operation(
                op="is" | "is not" as op, operands=(ir.Walrus(target=target), ir.Constant(kind="None"))
            )
        ):
            held = frame.locals.get(target.id, ())
            is_made = len(held) == 1 and isinstance(held[0], ObjectValue) and held[0].is_created
            return op == "is not" if is_made else None
        case Unread(expr=ir.Name(id=name)):
            held = frame.locals.get(name, ())
            return _counts_as_true(run, held)
    return None


def filtered(run: Running, functions: Values, elements: Values) -> Values:
    """Return the elements that a function chooses, with the class that it tests them for."""
    chooser = only(functions)
    body = chooser.definition.function.body if isinstance(chooser, FunctionValue) else ()
    if not isinstance(chooser, FunctionValue) or len(body) != 1 or not isinstance(body[0], ir.Return):
        return tuple(map(_chosen_element, elements))
    function, scope = chooser.definition.function, chooser.definition.scope
    inner = Frame(Scope(scope.file, (*scope.functions, function)), {}, chooser.frame, function)
    name = function.parameters[0].name if function.parameters else ""
    inner.locals[name] = elements
    if body[0].value is not None and outcome(run, body[0].value, inner) is False:
        return ()
    test = what_it_says(run, body[0].value, inner) if body[0].value is not None else Test()
    if test.guards_then or name in test.judged:
        keep_out(name, inner)
    if refine(run, test, inner):
        return inner.locals[name]
    return tuple(map(_chosen_element, inner.locals[name]))


def _chosen_element(value: Value) -> Value:
    """Return some of the modules of a loop, nobody knows which."""
    if isinstance(value, ObjectValue) and value.form == "loop":
        return ObjectValue("local", parent=value, name="chosen", is_guarded=value.is_guarded)
    return value


def evaluate_under(run: Running, test: Test, expr: ir.Expr, frame: Frame, *, is_exact: bool) -> Values:
    """Evaluate an expression that is reached where a test holds, with what that guards and refines."""
    before = frame.locals.get(test.refined or "", ())
    is_chosen = not (refine(run, test, frame) and is_exact)
    run.progress.guards += test.guards_then
    run.progress.choices += is_chosen
    values = run.evaluate(expr, frame)
    run.progress.choices -= is_chosen
    run.progress.is_over = False
    run.progress.guards -= test.guards_then
    if before and test.refined is not None:
        frame.locals[test.refined] = before
    return values


def picks(run: Running, test: ir.Expr, frame: Frame) -> list[dict[str, Values]]:
    """Return the local names for each module of a loop whose name certainly passes a test."""
    asked = read_name_test(test, frame.scope, run.project, frame.locals, run.progress.state.now)
    values = frame.locals.get(asked.variable, ()) if asked is not None else ()
    given = only(values)
    if asked is None or not isinstance(given, NameValue) or given.element.parent is None:
        return []
    element, prefix, found = (given.element,), given.prefix, []
    for path, module in _named_parts(run, given.element.parent, Access(test, frame)):
        is_met = path.count(".") == 0 < len(path) or given.element.name == ALL_MODULES
        name = ".".join(part for part in (prefix, path) if part)
        if is_met and prefix is not None and asked.passes(name):
            here: dict[str, Values] = {asked.variable: (ConstantValue(name),)}
            here |= {other: (module,) for other, held in frame.locals.items() if held == element}
            found.append({**frame.locals, **here})
    return found[:_MAX_PICKED]


def _named_parts(run: Running, module: ObjectValue, access: Access) -> Iterator[tuple[str, ObjectValue]]:
    """Yield a module and the submodules that are certainly there and of a known class, with names."""
    pending = [("", module)]
    for path, part in pending:
        yield path, part
        named = part.module_class.submodules() if part.module_class is not None else {}
        numbers = (name for name in run.held(part) if name.isdecimal())
        for name in [*named, *numbers] if len(pending) < _MAX_PARTS else ():
            inner = _submodule(run, part, name, access)
            if inner is not None:
                pending.append((f"{path}.{name}" if path else name, inner))


def _submodule(run: Running, module: ObjectValue, name: str, access: Access) -> ObjectValue | None:
    """Return the submodule of that name, None unless it is certainly there and of a known class."""
    fact = module.module_class.attribute(name) if module.module_class is not None else None
    is_certain = fact is not None and fact.kind == "submodule" and not fact.is_conditional
    held = run.held(module).get(name, ())
    if is_certain:
        held = module.get(run, name, access)
    found = only(held)
    return found if isinstance(found, ObjectValue) and found.module_class is not None else None


def keep_out(name: str, frame: Frame) -> None:
    """Note that a test has kept ScriptModules from being what a name stands for."""
    if name in frame.locals:
        frame.locals[name] = tuple(kept_out(value) for value in frame.locals[name])


def _script_is_of(test: OfClass) -> bool | None:
    """Return whether a script module is of one of the classes of a test: of no eager one but `nn.Module`."""
    if test.asks_for_scripts:
        return True
    names = [getattr(found, "qualname", None) for found in test.classes]
    if not all(isinstance(name, str) for name in names):
        return None
    is_any = not {"torch.nn.Module", "torch.nn.modules.module.Module", "builtins.object"}.isdisjoint(names)
    return is_any and not test.is_exact


def _is_of(value: Value, test: OfClass) -> bool | None:
    """Return whether a module that was made here is of one of the classes of a test."""
    if isinstance(value, ScriptValue):
        return _script_is_of(test)
    cls = value.module_class if isinstance(value, ObjectValue) and value.is_created else None
    if cls is None:
        return None
    if test.asks_for_scripts:
        return False
    names = [getattr(found, "qualname", None) for found in test.classes]
    if test.is_exact:
        return True if cls.qualname in names else None
    truths = [cls.is_a(name) if isinstance(name, str) else None for name in names]
    return True if True in truths else None if None in truths else False


def _counts_as_true(run: Running, values: Values) -> bool | None:
    """Return whether these are one module that certainly counts as true."""
    value = only(values)
    return value.truth(run) if isinstance(value, ObjectValue) else None


def kept_out(value: Value) -> Value:
    """Return a value that no ScriptModule can be, as the same object; of a pair, both."""
    match value:
        case ContainerValue(kind="tuple", items=items, is_exact=is_exact):
            kept = [tuple(kept_out(inner) for inner in item) for item in items]
            return pair(*kept) if is_exact else some("tuple", *kept)
        case ObjectValue(is_created=False):
            cls, definition = value.module_class, value.definition
            return ObjectValue(value.form, cls, definition, value, "guarded", is_guarded=True)
    return value


def _narrowed(value: Value, names: tuple[str, ...], cls: ModuleClass | None, *, is_exact: bool) -> Value:
    """Return a value that is of a class of one of these names, as the same object."""
    if not isinstance(value, ObjectValue) or value.module_class is not None:
        return value
    definition = cls.definition if cls is not None else None
    name = f"as {'|'.join(names)}"
    return ObjectValue(value.form, cls, definition, value, name, narrowed=names, is_narrowed_exactly=is_exact)


def is_class_test(node: ir.Expr, test: Test) -> bool:
    """Return whether a condition asks for a class and for nothing else."""
    match node:
        case ir.Operation(op="not", operands=(operand,)):
            return is_class_test(operand, test)
        case ir.Operation(op=op):
            return test.is_exact and op not in {"and", "or"}
        case ir.Call(func=ir.Name(id="isinstance")):
            return True
    return False
