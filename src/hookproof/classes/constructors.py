"""What `__init__`, and all that it hands the module to, stores on the module: a run with `self` tracked.

The remaining methods are run afterwards, each by itself, for what they may store late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hookproof.classes.late_methods import may_store
from hookproof.classes.self_value import SelfValue, Storing
from hookproof.classes.store import Store
from hookproof.evaluator.domain import Frame, Value
from hookproof.evaluator.functions import frame_of, run_body
from hookproof.evaluator.run import BudgetExceededError, Run
from hookproof.evaluator.values import Const, FunctionValue
from hookproof.modules.given import Given
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.bases import Base
from hookproof.semantic.definitions import ClassDefinition, Definition, FunctionDefinition
from hookproof.semantic.project import Project

ClassOf = Callable[["Definition | None"], "ModuleClass | None"]


class Construction:
    """Runs the constructor of the class that `mro` starts with; all is done when this one returns.

    `given` are literals that the parameters of `__init__` stand for. `stores` are made by it, `definite`
    names the attributes it sets on every way through it, `late` are the stores of methods it does not call;
    `torch_bases` are the classes of torch whose own `__init__` runs; `is_opaque` says that attributes may
    appear that were not seen.
    """

    def __init__(self, mro: tuple[Base, ...], project: Project, given: Given, class_of: ClassOf) -> None:
        self._mro, self._project, self._class_of = mro, project, class_of
        self._entered: set[int] = set()
        first = Storing(mro)
        constructor = SelfValue(first).method(project, "__init__")
        if constructor is None:
            first.calls_base("__init__", None, project)
        else:
            self._run(constructor, first, given)
        self.stores: list[Store] = first.stores
        self.torch_bases: list[str] = first.torch_bases
        self.definite: frozenset[str] = first.definite
        self.is_opaque = first.is_opaque
        self.late: list[Store] = []
        for method in filter(_is_worth_it, self._others()):
            late = Storing(mro, is_late=True)
            self._run(method, late, {})
            self.late += late.stores
            self.is_opaque = self.is_opaque or late.is_opaque

    def _others(self) -> Iterator[FunctionDefinition]:
        """Yield the methods that the constructor does not come to."""
        for base in self._mro:
            if isinstance(base, ClassDefinition):
                for definitions in self._project.methods(base).values():
                    for definition in definitions:
                        is_met = id(definition.function) in self._entered
                        if not is_met and "staticmethod" not in definition.decorator_names:
                            yield definition

    def _run(self, method: FunctionDefinition, storing: Storing, given: Given) -> None:
        function = method.function
        if not function.parameters:
            return
        run = Run(self._project, self._class_of, is_thrifty=True)
        frame = frame_of(FunctionValue(method))
        names: dict[tuple[Frame, str], Value | None] = run.state.names
        names.update(((frame, parameter.name), None) for parameter in function.parameters)
        names.update(((frame, name), Const(literal.value)) for name, literal in given.items())
        names[frame, function.parameters[0].name] = SelfValue(storing)
        try:
            run.begin(function)
            run_body(run, frame, function)
        except BudgetExceededError:
            storing.is_opaque = True
        storing.finish(run)
        storing.is_opaque = storing.is_opaque or run.runs_texts
        self._entered |= {id(function), *(id(entered) for entered in run.entered)}


def _is_worth_it(method: FunctionDefinition) -> bool:
    return bool(method.function.parameters) and may_store(method.function)
