"""Conditions: which class the values have that they choose, and which of them is no ScriptModule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from hookproof.classes.module_classes import module_class_of
from hookproof.evaluator.contents import Entries
from hookproof.interpreter.conditions import outcome, truth, what_it_says
from hookproof.interpreter.domain import Access, Frame, Value, Values, only
from hookproof.interpreter.guards import Test
from hookproof.interpreter.objects import ALL_MODULES, FunctionValue, ObjectValue
from hookproof.interpreter.plain import ConstantValue, ContainerValue, NameValue, pair, some, text_of
from hookproof.interpreter.running import Running
from hookproof.interpreter.wrapped import INNER, WrappedModule
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.bindings import expression_names
from hookproof.semantic.definitions import ValueDefinition
from hookproof.semantic.expression_locations import subexpressions
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_MAX_PICKED = 8
_MAX_PARTS = 64
_BEGINNING = f"{INNER}."
# A name that no test asks for.
_UNSEEN = "part.that.nobody.saw"


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


def filtered(run: Running, functions: Values, elements: Values) -> tuple[Values, bool | None]:
    """Return the elements that a function chooses, with the class that it tests them for, and if it does."""
    chooser = only(functions)
    body = chooser.definition.function.body if isinstance(chooser, FunctionValue) else ()
    if not isinstance(chooser, FunctionValue) or len(body) != 1 or not isinstance(body[0], ir.Return):
        return tuple(map(_chosen_element, elements)), None
    function, scope = chooser.definition.function, chooser.definition.scope
    inner = Frame(Scope(scope.file, (*scope.functions, function)), {}, chooser.frame, function)
    name = function.parameters[0].name if function.parameters else ""
    inner.locals[name] = elements
    holds = outcome(run, body[0].value, inner) if body[0].value is not None else False
    if holds is False:
        return (), holds
    test = what_it_says(run, body[0].value, inner) if body[0].value is not None else Test()
    if test.guards_then or name in test.judged:
        keep_out(name, inner)
    if refine(run, test, inner):
        return inner.locals[name], holds
    return inner.locals[name] if holds else tuple(map(_chosen_element, inner.locals[name])), holds


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
    """Return the local names for each module of a loop whose name certainly passes a test.

    Of a model that was not made here, none where modules that nobody saw may pass it as well.
    """
    named = [
        (name, value) for name, values in frame.locals.items() if isinstance(value := only(values), NameValue)
    ]
    asked = expression_names(test) if named else frozenset()
    given = [(name, value) for name, value in named if name in asked]
    model = given[0][1].element.parent if len(given) == 1 else None
    if model is None or given[0][1].prefix is None:
        return []
    variable, names = given[0]
    parts = named_parts(run, model, Access(test, frame))
    chosen = (there for holds, there in _asked_by_name(run, test, frame, variable, names, parts) if holds)
    picked = list(islice(chosen, _MAX_PICKED))
    if picked and not model.origin.is_created:
        unseen = {**frame.locals, variable: (ConstantValue(_UNSEEN),)}
        passes = truth(run, test, replace(frame, locals=unseen, counted=frame.counted | {variable}))
        return [] if passes is not False else picked
    return picked


class Missed(Struct, frozen=True):
    """The local names for a part that a test means by its name, and does not get; whether it means it."""

    locals: dict[str, Values]
    is_sure: bool


def misses(run: Running, test: ir.Expr, frame: Frame) -> Missed | None:
    """Return what a test means that holds for no module, for the names have something in between.

    The names of what is in what `torch.compile` gives begin with that of the module inside.
    """
    missed = _misses_this(run, test, frame) or _misses_all(run, test, frame) or _misses_key(run, test, frame)
    texts = (part.value for part in subexpressions(test) if isinstance(part, ir.Constant))
    # Whoever writes the beginning of such names knows of them.
    return None if missed is None or any(INNER in str(text) for text in texts) else missed


def _misses_this(run: Running, test: ir.Expr, frame: Frame) -> Missed | None:
    """Return what a test means where the name of one module is known, in a turn of a loop of its own."""
    asked = expression_names(test)
    for variable in asked & frame.locals.keys():
        name = text_of(frame.locals[variable])
        if name is not None and _BEGINNING in name:
            meant = {**frame.locals, variable: (ConstantValue(name.replace(_BEGINNING, "")),)}
            if truth(run, test, replace(frame, locals=meant)):
                return Missed(frame.locals, is_sure=True)
        if name == INNER:
            return _misses_child(run, test, frame, variable)
    return None


def _misses_key(run: Running, test: ir.Expr, frame: Frame) -> Missed | None:
    """Return what is meant by asking whether a dict of the named modules of a model has a name."""
    match test:
        case ir.Operation(op="in", operands=(key, ir.Name(id=variable))):
            pass
        case ir.Operation(
            op="in", operands=(key, ir.Call(func=ir.Attribute(value=ir.Name(id=variable), attr="keys")))
        ):
            pass
        case _:
            return None
    held, name = only(frame.locals.get(variable, ())), text_of(run.evaluate(key, frame))
    if not isinstance(held, ContainerValue) or held.kind != "dict" or name is None:
        return None
    now = run.progress.state.now(held)
    model = _whole({value for group in now.items for value in group})
    if model is None:
        return None
    names = dict(named_parts(run, model, Access(test, frame)))
    meant = dict(_as_meant(names.items()))
    has_names = now.keyed.keys() == names.keys() if now.keyed else _has_names_as_keys(run, variable, frame)
    if not has_names or name in names or name not in meant:
        return None
    there = ContainerValue("dict", Entries({name: (meant[name],)}))
    return Missed({**frame.locals, variable: (there,)}, is_sure=True)


def _whole(modules: Collection[Value]) -> ObjectValue | None:
    """Return the model of which these are the modules: each of them, or any of them."""
    each = only(tuple(modules))
    if isinstance(each, ObjectValue) and each.name == ALL_MODULES:
        return each.parent
    wrapped = [module for module in modules if isinstance(module, WrappedModule)]
    return wrapped[0] if len(wrapped) == 1 else None


def _has_names_as_keys(run: Running, variable: str, frame: Frame) -> bool:
    """Return whether a dict was made of `named_modules()` as that is, with no other names and no fewer."""
    bound = run.project.lookup(frame.scope, variable)
    match bound.value if isinstance(bound, ValueDefinition) else None:
        case ir.Call(func=ir.Name(id="dict"), args=(ir.Argument(value=named),)):
            pass
        case ir.Comprehension(
            elements=(ir.Name(id=key), _),
            clauses=(ir.Clause(target=ir.Sequence(items=(ir.Name(id=first), _)), iter=named, conditions=()),),
        ) if key == first:
            pass
        case _:
            return False
    return isinstance(named, ir.Call) and getattr(named.func, "attr", "") == "named_modules"


def _as_meant(parts: Iterable[tuple[str, ObjectValue]]) -> Iterator[tuple[str, ObjectValue]]:
    """Yield modules with the names that they would have if nothing was compiled."""
    for path, part in parts:
        if not path.endswith(INNER):  # it has the name of the wrapper
            yield path.replace(_BEGINNING, ""), part


def _misses_child(run: Running, test: ir.Expr, frame: Frame, variable: str) -> Missed | None:
    """Return what a test means that is asked of the one child of what `torch.compile` gives, by its name.

    Which local name stands for the child, is known where only one stands for a module in a wrapper.
    """
    held = run.progress.state.objects.values()
    inside = {value for state in held for value in state.attributes.get(INNER, ())}
    found = [
        (other, value)
        for other, values in frame.locals.items()
        if isinstance(value := only(values), ObjectValue) and value in inside
    ]
    if len(found) != 1:
        return None
    [(other, inner)] = found
    for path, child in named_parts(run, inner, Access(test, frame)):
        meant = {**frame.locals, variable: (ConstantValue(path),), other: (child,)}
        if path and "." not in path and truth(run, test, replace(frame, locals=meant)):
            return Missed(meant, is_sure=True)
    return None


def _misses_all(run: Running, test: ir.Expr, frame: Frame) -> Missed | None:
    """Return what a test means that none of the modules in a loop of which not all are known is called."""
    for variable, values in frame.locals.items():
        names = only(values)
        model = names.element.parent if isinstance(names, NameValue) else None
        if model is None or variable not in expression_names(test):
            continue
        assert isinstance(names, NameValue)
        parts = list(named_parts(run, model, Access(test, frame)))
        if not any(INNER in path for path, _ in parts):
            continue
        there = _asked_by_name(run, test, frame, variable, names, parts)
        if any(holds is not False for holds, _ in there):
            return None
        before = _asked_by_name(run, test, frame, variable, names, _as_meant(parts))
        meant = [each for each in before if each[0] is not False]
        best = next((each for each in meant if each[0]), next(iter(meant), None))
        return Missed(best[1], best[0] is True) if best is not None else None
    return None


def _asked_by_name(
    run: Running,
    test: ir.Expr,
    frame: Frame,
    variable: str,
    names: NameValue,
    parts: Iterable[tuple[str, ObjectValue]],
) -> Iterator[tuple[bool | None, dict[str, Values]]]:
    """Yield whether a test holds for each of some parts by its name, with the local names there."""
    for path, module in parts:
        if path.count(".") == 0 < len(path) or names.element.name == ALL_MODULES:
            name = ".".join(part for part in (names.prefix, path) if part)
            here: dict[str, Values] = {variable: (ConstantValue(name),)}
            here |= {other: (module,) for other, held in frame.locals.items() if held == (names.element,)}
            there = replace(frame, locals={**frame.locals, **here}, counted=frame.counted | here.keys())
            yield truth(run, test, there), {**frame.locals, **here}


def named_parts(run: Running, module: ObjectValue, access: Access) -> Iterator[tuple[str, ObjectValue]]:
    """Yield a module and the submodules that are certainly there and of a known class, with names."""
    pending = [("", module)]
    for path, part in pending:
        yield path, part
        if isinstance(part, WrappedModule):
            pending.append((f"{path}.{INNER}" if path else INNER, part.inner))
            continue
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


def refuses_hooks(test: ir.Expr) -> bool:
    """Return whether a condition that leads to an error asks if there are hooks, by torch's own tables."""
    is_negative = isinstance(test, ir.Operation) and test.op in {"not", "=="}
    return not is_negative and any(name.endswith("_hooks") for name in expression_names(test))
