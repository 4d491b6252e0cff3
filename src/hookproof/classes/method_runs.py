"""Runs one method with `self` tracked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from hookproof.classes.self_value import SelfValue, Storing
from hookproof.evaluator.domain import Frame, Value
from hookproof.evaluator.functions import frame_of, run_body
from hookproof.evaluator.run import BudgetExceededError, Run
from hookproof.evaluator.values import FunctionValue
from hookproof.modules.given import Given
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.definitions import Definition, FunctionDefinition
from hookproof.semantic.project import Project

ClassOf: TypeAlias = Callable[["Definition | None"], "ModuleClass | None"]


def run_method(
    method: FunctionDefinition, storing: Storing, given: Given, project: Project, class_of: ClassOf
) -> frozenset[int]:
    """Run a method with literals `given` for its parameters, and have `storing` written down what it stores.

    Return the functions that ran, by the identity of their nodes.
    """
    function = method.function
    if not function.parameters:
        return frozenset()
    run = Run(project, class_of, is_thrifty=True)
    frame = frame_of(FunctionValue(method))
    names: dict[tuple[Frame, str], Value | None] = run.state.names
    names.update(((frame, parameter.name), None) for parameter in function.parameters)
    names[frame, function.parameters[0].name] = SelfValue(storing)
    try:
        run.begin(function)
        names.update(((frame, name), run.evaluate(literal, frame)) for name, literal in given.items())
        run_body(run, frame, function)
    except BudgetExceededError:
        storing.is_opaque = True
    storing.finish(run)
    storing.is_opaque = storing.is_opaque or run.runs_texts
    return frozenset({id(function), *map(id, run.entered)})
