"""`functools.singledispatch`: which of a function's implementations is called with a module.

Those that stand at the level of a file are looked up there, for the run may have begun in a function; the
run itself meets the others and adds them.
"""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.classes.module_classes import module_class_of
from hookproof.interpreter.domain import Arguments, MethodValue, Values, only
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import ClassValue, ExternalValue, PartialValue
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.definitions import ClassDefinition, External, FunctionDefinition
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

DISPATCHES = "singledispatch"  # the decorator


class Implementations:
    """The implementations that a run has met of each function, by the class they are for."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._added: dict[FunctionDefinition, list[tuple[ModuleClass, FunctionValue]]] = {}

    def register(self, dispatching: FunctionValue, args: Arguments) -> Values:
        """Carry out `dispatching.register(…)`: return the function, or the decorator that takes it."""
        given, functions = args.value(0, "cls"), args.value(1, "func")
        if not functions and any(isinstance(value, FunctionValue) for value in given):
            given, functions = (), given
        if not functions:
            return (PartialValue((MethodValue(dispatching, "register", args.location),), args.only(given)),)
        for function in functions:
            if isinstance(function, FunctionValue):
                for cls in self._classes(given, function.definition):
                    self._added.setdefault(dispatching.definition, []).append((cls, function))
        return functions

    def _classes(self, given: Values, function: FunctionDefinition) -> Iterator[ModuleClass]:
        found: list[object] = [value.definition for value in given if isinstance(value, ClassValue)]
        found += [External(value.qualname) for value in given if isinstance(value, ExternalValue)]
        if not given:
            found += [self._project.resolve(function.scope, expr) for expr in _annotated(function.function)]
        for definition in found:
            if isinstance(definition, (ClassDefinition, External)):
                cls = module_class_of(definition, self._project)
                if cls is not None:
                    yield cls

    def chosen(self, function: FunctionValue, given: Values) -> FunctionValue:
        """Return what a call of a dispatching function enters with these values, itself if nothing else."""
        value = only(given)
        cls = value.module_class if isinstance(value, ObjectValue) else None
        if cls is None:
            return function
        definition = function.definition
        at_level = [(found, FunctionValue(one)) for found, one in _registered(definition, self._project)]
        # What is registered for a class again replaces what was.
        every: list[tuple[ModuleClass, FunctionValue]] = [*at_level, *self._added.get(definition, ())]
        matching = [(found, one) for found, one in reversed(every) if cls.is_a(found.qualname)]
        for nearest, one in matching:
            if all(nearest.is_a(other.qualname) for other, _ in matching):
                return one
        return function


def _registered(
    definition: FunctionDefinition, project: Project
) -> Iterator[tuple[ModuleClass, FunctionDefinition]]:
    file, name = definition.scope.file, definition.name
    if definition.scope.functions:
        return
    for block in file.outline.blocks:
        if block.kind != "def" or not file.text.startswith(f"@{name}.register", block.start):
            continue
        for statement in file.block(block.index):
            if isinstance(statement, ir.Define):
                function = statement.function
                qualname = f"{file.module}.{function.name}"
                found = FunctionDefinition(function.name, Scope(file), qualname, body=function)
                for expr in _classes(function, name):
                    resolved = project.resolve(Scope(file), expr)
                    if isinstance(resolved, (ClassDefinition, External)):
                        cls = module_class_of(resolved, project)
                        if cls is not None:
                            yield cls, found


def _classes(function: ir.Function, name: str) -> Iterator[ir.Expr]:
    """Yield the classes that decorators `@name.register` name, themselves or by the first annotation."""
    for decorator in function.decorators:
        match decorator:
            case ir.Call(func=ir.Attribute(value=ir.Name(id=owner), attr="register"), args=(argument,)):
                if owner == name:
                    yield argument.value
            case ir.Attribute(value=ir.Name(id=owner), attr="register") if owner == name:
                yield from _annotated(function)


def _annotated(function: ir.Function) -> Iterator[ir.Expr]:
    """Yield the classes that the first parameter is annotated with."""
    annotation = function.parameters[0].annotation if function.parameters else None
    if isinstance(annotation, ir.Operation) and annotation.op == "|":
        yield from annotation.operands
    elif annotation is not None:
        yield annotation
