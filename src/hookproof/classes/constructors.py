"""What `__init__`, and all that it hands the module to, stores on the module: a run with `self` tracked.

The remaining methods are run afterwards, each by itself, for what they may store late.
"""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.classes.late_methods import LateMethods, may_store
from hookproof.classes.method_runs import ClassOf, run_method
from hookproof.classes.self_value import SelfValue, Storing
from hookproof.classes.store import Store
from hookproof.modules.given import Given
from hookproof.semantic.bases import Base
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.project import Project


class Construction:
    """Runs the constructor of the class that `mro` starts with; all is done when this one returns.

    `given` are literals that the parameters of `__init__` stand for. `stores` are made by it, `definite`
    names the attributes it sets on every way through it, `late` are the stores of methods it does not call;
    `torch_bases` are the classes of torch whose own `__init__` runs; `is_opaque` says that attributes may
    appear that were not seen.
    """

    def __init__(
        self, mro: tuple[Base, ...], project: Project, given: Given, class_of: ClassOf, late: LateMethods
    ) -> None:
        first = Storing(mro)
        constructor = SelfValue(first).method(project, "__init__")
        entered: frozenset[int] = frozenset()
        if constructor is None:
            first.calls_base("__init__", None, project)
        else:
            entered = run_method(constructor, first, given, project, class_of)
        self.stores: list[Store] = first.stores
        self.torch_bases: list[str] = first.torch_bases
        self.definite: frozenset[str] = first.definite
        self.is_opaque = first.is_opaque
        self.late: list[Store] = []
        for owner, method in _methods(mro, project):
            if id(method.function) not in entered and may_store(method.function):
                found = late.of(owner, method)
                self.late += found.stores
                self.is_opaque = self.is_opaque or found.is_opaque


def _methods(mro: tuple[Base, ...], project: Project) -> Iterator[tuple[ClassDefinition, FunctionDefinition]]:
    """Yield the methods of a class and its bases that take the module, each with its class."""
    for base in mro:
        if isinstance(base, ClassDefinition):
            for definitions in project.methods(base).values():
                for each in definitions:
                    if each.function.parameters and "staticmethod" not in each.decorator_names:
                        yield base, each
