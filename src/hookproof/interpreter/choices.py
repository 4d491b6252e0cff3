"""Conditions: which class the values have that they choose, and which of them is no ScriptModule."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.classes.module_classes import module_class_of
from hookproof.evaluator.predicates import (
    AllOf,
    AnyOf,
    Elsewhere,
    InMode,
    OfClass,
    Opposite,
    Predicate,
    Predicates,
    Unread,
)
from hookproof.interpreter.conditions import Conditions, is_true
from hookproof.interpreter.guards import Test
from hookproof.interpreter.name_tests import read_name_test
from hookproof.interpreter.objects import ALL_MODULES, ObjectValue
from hookproof.interpreter.values import (
    ConstantValue,
    ContainerValue,
    Frame,
    FunctionValue,
    NameValue,
    ScriptValue,
    Value,
    Values,
    union,
)
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.place import Place
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_MAX_PICKED = 8
_MAX_PARTS = 64


class Choices(Conditions):
    """Evaluates conditional expressions, with what their tests guard and refine."""

    def refine(self, test: Test, frame: Frame) -> bool:
        """Give a name the class it was tested for, and keep it the same object; tell whether it is known."""
        if test.refined is None or test.refined not in frame.locals:
            return False
        classes = [module_class_of(found, self.project) for found in test.classes]
        known = [cls for cls in classes if cls is not None]
        if not test.class_names and (not known or len(known) < len(classes)):
            return False
        only = known[0] if len(known) == 1 >= len(test.class_names) else None
        names = test.class_names or tuple(cls.qualname for cls in known)
        frame.locals[test.refined] = tuple(
            _narrowed(value, names, only, is_exact=test.is_exact) for value in frame.locals[test.refined]
        )
        return True

    def outcome(self, test: ir.Expr, frame: Frame) -> bool | None:
        """Tell how a condition comes out, None where that is not known."""
        truth = self.truth(test, frame)
        return self.expected(test, frame) if truth is None else truth

    def expected(self, test: ir.Expr, frame: Frame) -> bool | None:
        """Tell how a condition comes out for the modules that are known, in a program that simply runs."""
        return self._expected(Predicates(self.project, frame.scope).read(test), frame)

    def _expected(self, predicate: Predicate, frame: Frame) -> bool | None:
        match predicate:
            case Opposite(operand=operand):
                truth = self._expected(operand, frame)
                return None if truth is None else not truth
            case AllOf(parts=parts) | AnyOf(parts=parts):
                decides = isinstance(predicate, AnyOf)
                truths = [self._expected(part, frame) for part in parts]
                if decides in truths:
                    return decides
                return None if None in truths else not decides
            case Elsewhere(inner=inner, of_each=False):
                return self._expected(inner, frame)
            case InMode():
                return False
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
                return True if len(held) == 1 and is_true(held[0]) else None
        return None

    def filtered(self, functions: Values, elements: Values) -> Values:
        """Return the elements that a function chooses, with the class that it tests them for."""
        only = functions[0] if len(functions) == 1 else None
        body = only.definition.function.body if isinstance(only, FunctionValue) else ()
        if not isinstance(only, FunctionValue) or len(body) != 1 or not isinstance(body[0], ir.Return):
            return tuple(self._chosen_element(value) for value in elements)
        function, scope = only.definition.function, only.definition.scope
        inner = Frame(Scope(scope.file, (*scope.functions, function)), {}, only.frame, function)
        name = function.parameters[0].name if function.parameters else ""
        inner.locals[name] = elements
        if body[0].value is not None and self.outcome(body[0].value, inner) is False:
            return ()
        test = self.what_it_says(body[0].value, inner) if body[0].value is not None else Test()
        if test.guards_then or name in test.judged:
            self.keep_out(name, inner)
        if self.refine(test, inner):
            return inner.locals[name]
        return tuple(self._chosen_element(value) for value in inner.locals[name])

    def _chosen_element(self, value: Value) -> Value:
        """Return some of the modules of a loop, nobody knows which."""
        if isinstance(value, ObjectValue) and value.form == "loop":
            return ObjectValue("local", parent=value, name="chosen", is_guarded=value.is_guarded)
        return value

    def conditional(self, node: ir.Conditional, frame: Frame) -> Values:
        """Evaluate `body if test else orelse`, each with what the test guards and refines."""
        truth = self.truth(node.test, frame)
        if truth is not None:
            return self.evaluate(node.body if truth else node.orelse, frame)
        self.evaluate(node.test, frame)
        test = self.what_it_says(node.test, frame)
        is_exact = is_class_test(node.test, test)
        body = self._evaluate_under(test, node.body, frame, is_exact=is_exact)
        return union(body, self._evaluate_under(test.negated, node.orelse, frame, is_exact=is_exact))

    def alternatives(self, node: ir.Operation, frame: Frame) -> Values:
        """Evaluate `a and b` or `a or b`: what follows is reached as the operands before it decide."""
        first, *others = node.operands
        truth, value = self.truth(first, frame), self.evaluate(first, frame)
        if truth is (node.op == "or"):
            return value
        values, tests = [value] if truth is None else [], [first]
        for operand in others:
            if truth is not None and len(tests) == 1:
                values.append(self.evaluate(operand, frame))
                tests.append(operand)
                continue
            joined = tests[0] if len(tests) == 1 else ir.Operation(node.at, node.op, tuple(tests))
            test = self.what_it_says(joined, frame)
            test = test if node.op == "and" else test.negated
            is_exact = is_class_test(joined, test)
            values.append(self._evaluate_under(test, operand, frame, is_exact=is_exact))
            tests.append(operand)
        return union(*values)

    def answer(self, node: ir.Operation, frame: Frame) -> Values:
        """Evaluate `not a` or `a == b`, whose truth may be known."""
        for operand in node.operands:
            self.evaluate(operand, frame)
        truth = self.truth(node, frame)
        return () if truth is None else (ConstantValue(truth),)

    def _evaluate_under(self, test: Test, expr: ir.Expr, frame: Frame, *, is_exact: bool) -> Values:
        before = frame.locals.get(test.refined or "", ())
        is_chosen = not (self.refine(test, frame) and is_exact)
        self.progress.guards += test.guards_then
        self.progress.choices += is_chosen
        values = self.evaluate(expr, frame)
        self.progress.choices -= is_chosen
        self.progress.guards -= test.guards_then
        if before and test.refined is not None:
            frame.locals[test.refined] = before
        return values

    def picks(self, test: ir.Expr, frame: Frame) -> list[dict[str, Values]]:
        """Return the local names for each module of a loop whose name certainly passes a test."""
        asked = read_name_test(test, frame.scope, self.project, frame.locals, self.containers.now)
        values = frame.locals.get(asked.variable, ()) if asked is not None else ()
        only = values[0] if len(values) == 1 else None
        if asked is None or not isinstance(only, NameValue) or only.element.parent is None:
            return []
        element, prefix, found = (only.element,), only.prefix, []
        for path, module in self._named_parts(only.element.parent, frame.place(test)):
            is_met = path.count(".") == 0 < len(path) or only.element.name == ALL_MODULES
            name = ".".join(part for part in (prefix, path) if part)
            if is_met and prefix is not None and asked.passes(name):
                here: dict[str, Values] = {asked.variable: (ConstantValue(name),)}
                here |= {other: (module,) for other, held in frame.locals.items() if held == element}
                found.append({**frame.locals, **here})
        return found[:_MAX_PICKED]

    def _named_parts(self, module: ObjectValue, place: Place) -> Iterator[tuple[str, ObjectValue]]:
        """Yield a module and the submodules that are certainly there and of a known class, with names."""
        pending = [("", module)]
        for path, part in pending:
            yield path, part
            named = part.module_class.submodules() if part.module_class is not None else {}
            numbers = (name for name in self.progress.state.of(part).attributes if name.isdecimal())
            for name in [*named, *numbers] if len(pending) < _MAX_PARTS else ():
                inner = self._submodule(part, name, place)
                if inner is not None:
                    pending.append((f"{path}.{name}" if path else name, inner))

    def _submodule(self, module: ObjectValue, name: str, place: Place) -> ObjectValue | None:
        """Return the submodule of that name, None unless it is certainly there and of a known class."""
        fact = module.module_class.attribute(name) if module.module_class is not None else None
        is_certain = fact is not None and fact.kind == "submodule" and not fact.is_conditional
        held = self.progress.state.of(module).attributes.get(name, ())
        if is_certain:
            held = self.object_attribute(module, name, place)
        found = held[0] if len(held) == 1 else None
        return found if isinstance(found, ObjectValue) and found.module_class is not None else None

    def keep_out(self, name: str, frame: Frame) -> None:
        """Note that a test has kept ScriptModules from being what a name stands for."""
        if name in frame.locals:
            frame.locals[name] = tuple(kept_out(value) for value in frame.locals[name])


def _is_of(value: Value, test: OfClass) -> bool | None:
    """Tell whether a module that was made here is of one of the classes of a test."""
    if isinstance(value, ScriptValue):
        return True if test.asks_for_scripts else None
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


def kept_out(value: Value) -> Value:
    """Return a value that no ScriptModule can be, as the same object; of a pair, both."""
    match value:
        case ContainerValue(kind="tuple", items=items, is_exact=is_exact):
            kept = [tuple(kept_out(inner) for inner in item) for item in items]
            return ContainerValue("tuple", kept, is_exact=is_exact)
        case ObjectValue(is_created=False):
            cls, definition = value.module_class, value.definition
            return ObjectValue(value.form, cls, definition, value, "guarded", is_guarded=True)
    return value


def _narrowed(value: Value, names: tuple[str, ...], only: ModuleClass | None, *, is_exact: bool) -> Value:
    """Return a value that is of a class of one of these names, as the same object."""
    if not isinstance(value, ObjectValue) or value.module_class is not None:
        return value
    definition = only.definition if only is not None else None
    name = f"as {'|'.join(names)}"
    return ObjectValue(
        value.form, only, definition, value, name, narrowed=names, is_narrowed_exactly=is_exact
    )


def is_class_test(node: ir.Expr, test: Test) -> bool:
    """Tell whether a condition asks for a class and for nothing else."""
    match node:
        case ir.Operation(op="not", operands=(operand,)):
            return is_class_test(operand, test)
        case ir.Operation(op=op):
            return test.is_exact and op not in {"and", "or"}
        case ir.Call(func=ir.Name(id="isinstance")):
            return True
    return False
