"""Classes that decorators of the project have put functions in the place of."""

from __future__ import annotations

from hookproof.interpreter.domain import Arguments, Values
from hookproof.interpreter.names import file_frame
from hookproof.interpreter.objects import FunctionValue
from hookproof.interpreter.plain import ClassValue
from hookproof.interpreter.running import Running
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.syntax import ir


def class_maker(run: Running, definition: ClassDefinition) -> Values:
    """Return the functions that decorators of the project have put in the place of a class, if they did."""
    if definition.location in run.calls.bare:
        return ()
    frame = file_frame(run, definition.scope.file)
    values: Values = (ClassValue(definition),)
    for decorator in reversed(definition.node.decorators):
        called = decorator.func if isinstance(decorator, ir.Call) else decorator
        found = run.project.resolve(definition.scope, called)
        if not isinstance(found, FunctionDefinition) or not run.relevance.may_make_function(found):
            continue
        node = ir.Call(
            decorator.at, decorator, (ir.Argument(ir.Name(definition.node.at, definition.node.name)),)
        )
        values = run.call(run.evaluate(decorator, frame), Arguments(node, frame, (values,)))
    is_function = bool(values) and all(isinstance(value, FunctionValue) for value in values)
    return values if is_function else ()
