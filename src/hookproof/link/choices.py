"""Conditions: which class the values have that they choose, and which of them is no ScriptModule."""

from __future__ import annotations

from hookproof.collect import ir
from hookproof.link.case import Scope
from hookproof.link.context_managers import ContextManagers
from hookproof.link.guards import Test, read_test
from hookproof.link.module_class import ModuleClass
from hookproof.link.values import ContainerValue, Frame, FunctionValue, ObjectValue, Value, Values, union


class Choices(ContextManagers):
    """Evaluates conditional expressions, with what their tests guard and refine."""

    def refine(self, test: Test, frame: Frame) -> bool:
        """Give a name the class it was tested for, and keep it the same object; tell whether it is known."""
        if test.refined is None or test.refined not in frame.locals:
            return False
        classes = [self.project.module_class(found) for found in test.classes]
        known = [cls for cls in classes if cls is not None]
        if not known or len(known) < len(classes):
            return False
        frame.locals[test.refined] = tuple(_narrowed(value, known) for value in frame.locals[test.refined])
        return True

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
        if body[0].value is None or not self.refine(
            read_test(body[0].value, inner.scope, self.project), inner
        ):
            return tuple(self._chosen_element(value) for value in elements)
        return inner.locals[name]

    def _chosen_element(self, value: Value) -> Value:
        """Return some of the modules of a loop, nobody knows which."""
        if isinstance(value, ObjectValue) and value.form == "loop":
            return ObjectValue("local", parent=value, name="chosen")
        return value

    def conditional(self, node: ir.Conditional, frame: Frame) -> Values:
        """Evaluate `body if test else orelse`, each with what the test guards and refines."""
        self.evaluate(node.test, frame)
        test = read_test(node.test, frame.scope, self.project)
        is_exact = is_class_test(node.test)
        body = self._evaluate_under(test, node.body, frame, is_exact=is_exact)
        return union(body, self._evaluate_under(test.negated, node.orelse, frame, is_exact=is_exact))

    def alternatives(self, node: ir.Operation, frame: Frame) -> Values:
        """Evaluate `a and b` or `a or b`: what follows is reached as the operands before it decide."""
        first, *others = node.operands
        values, tests = [self.evaluate(first, frame)], [first]
        for operand in others:
            joined = tests[0] if len(tests) == 1 else ir.Operation(node.at, node.op, tuple(tests))
            test = read_test(joined, frame.scope, self.project)
            test = test if node.op == "and" else test.negated
            is_exact = is_class_test(joined)
            values.append(self._evaluate_under(test, operand, frame, is_exact=is_exact))
            tests.append(operand)
        return union(*values)

    def _evaluate_under(self, test: Test, expr: ir.Expr, frame: Frame, *, is_exact: bool) -> Values:
        before = frame.locals.get(test.refined or "", ())
        is_chosen = not (self.refine(test, frame) and is_exact)
        self.life.guards += test.guards_then
        self.life.choices += is_chosen
        values = self.evaluate(expr, frame)
        self.life.choices -= is_chosen
        self.life.guards -= test.guards_then
        if before and test.refined is not None:
            frame.locals[test.refined] = before
        return values

    def keep_out(self, name: str, frame: Frame) -> None:
        """Note that a test has kept ScriptModules from being what a name stands for."""
        if name in frame.locals:
            frame.locals[name] = tuple(kept_out(value) for value in frame.locals[name])


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


def _narrowed(value: Value, known: list[ModuleClass]) -> Value:
    """Return a value that is of one of these classes, as the same object."""
    if not isinstance(value, ObjectValue) or value.module_class is not None:
        return value
    names = tuple(cls.qualname for cls in known)
    only = known[0] if len(known) == 1 else None
    definition = only.definition if only is not None else None
    return ObjectValue(value.form, only, definition, value, f"as {'|'.join(names)}", narrowed=names)


def is_class_test(test: ir.Expr) -> bool:
    """Tell whether a condition is an `isinstance` test and nothing else."""
    return isinstance(test, ir.Call) and isinstance(test.func, ir.Name) and test.func.id == "isinstance"
