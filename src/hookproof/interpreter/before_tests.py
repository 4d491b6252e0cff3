"""What pytest and unittest do before a test: fixtures are its arguments, set-up methods run on its object."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hookproof.classes.module_classes import module_class_of
from hookproof.facts.entries import SET_UP_METHODS
from hookproof.interpreter.domain import Values
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.running import Running
from hookproof.semantic.definitions import ClassDefinition, FileDefinition, FunctionDefinition
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_FIXTURE = "fixture"


def is_test(function: FunctionDefinition) -> bool:
    """Return whether a test runner calls a function, by its name."""
    return function.name.startswith("test")


def given_by_fixture(run: Running, name: str, function: FunctionDefinition) -> Values:
    """Return what pytest gives a test, or a fixture, for a parameter; nothing where that is unknown."""
    if not is_test(function) and _FIXTURE not in function.decorator_names:
        return ()
    found = _fixture(run.project, function, name)
    if found is None or any(body is found.function for body in run.calls.stack):
        return ()
    owner = found.owner if "staticmethod" not in found.decorator_names else None
    bound_self = (
        ObjectValue("self", module_class_of(owner, run.project), owner) if owner is not None else None
    )
    return run.enter(FunctionValue(_until_yield(found), bound_self=bound_self), None)


def set_up(run: Running, test: FunctionDefinition) -> ObjectValue | None:
    """Make the object that a test method is called on, and run what comes before the method."""
    if test.owner is None or not is_test(test):
        return None
    made = ObjectValue("self", module_class_of(test.owner, run.project), test.owner, is_root_self=True)
    for method in _set_ups(run.project, test.owner):
        run.enter(FunctionValue(_until_yield(method), bound_self=made), None)
    return made


def _set_ups(project: Project, cls: ClassDefinition) -> Iterator[FunctionDefinition]:
    for name in SET_UP_METHODS:
        method = project.member(cls, name)
        if isinstance(method, FunctionDefinition):
            yield method
    for methods in project.methods(cls).values():
        yield from (method for method in methods if any(map(_is_autouse, method.decorators)))


def _is_autouse(decorator: ir.Expr) -> bool:
    return isinstance(decorator, ir.Call) and any(
        argument.keyword == "autouse" for argument in decorator.args
    )


def _fixture(project: Project, function: FunctionDefinition, name: str) -> FunctionDefinition | None:
    """Return the fixture that a function sees: of its class, its file, or a `conftest.py` around it."""
    file = function.scope.file
    if function.owner is not None:
        own = project.member(function.owner, name)
        if isinstance(own, FunctionDefinition) and _FIXTURE in own.decorator_names:
            return own
    found = project.lookup(Scope(file), name)
    if isinstance(found, FunctionDefinition):
        return found if _FIXTURE in found.decorator_names and found.name != function.name else None
    package = file.module.split(".")[:-1]
    for depth in range(len(package), -1, -1):
        conftest = project.module(file, ".".join((*package[:depth], "conftest")))
        if isinstance(conftest, FileDefinition) and conftest.file is not file:
            found = project.member(conftest, name, file)
            if isinstance(found, FunctionDefinition) and _FIXTURE in found.decorator_names:
                return found
    return None


def _until_yield(function: FunctionDefinition) -> FunctionDefinition:
    """Return a function that ends where it first yields: what comes behind is done after the test."""
    body = function.function
    if not body.is_generator:
        return function
    for number, statement in enumerate(body.body):
        match statement:
            case ir.Expression(value=ir.Opaque(syntax="yield", children=children, at=at)):
                last = ir.Return(at, children[0] if children else None)
                shorter = replace(body, body=(*body.body[:number], last), is_generator=False)
                return replace(function, body=shorter, block=None)
    return function
