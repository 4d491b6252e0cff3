"""The module classes of a project, each read once."""

from __future__ import annotations

from collections.abc import Collection

from hookproof.classes.class_facts import ClassFacts
from hookproof.classes.forward_signatures import forward_signature
from hookproof.classes.late_methods import LateMethods
from hookproof.classes.linearized import linearized
from hookproof.classes.torch_facts import torch_facts
from hookproof.modules.given import Given
from hookproof.modules.known_bases import first_atlas
from hookproof.modules.module_class import AttributeFact, ModuleClass
from hookproof.modules.signature import Signature
from hookproof.semantic.bases import DEFINED_MODULE, Base
from hookproof.semantic.definitions import ClassDefinition, Definition, External, FunctionDefinition
from hookproof.semantic.project import Project

_LIGHTNING = ("pytorch_lightning.", "lightning.")


def module_class_of(definition: Definition | None, project: Project) -> ModuleClass | None:
    """Return the module class a definition stands for, or None where it is not known to be one."""
    return project.once(ModuleClasses).of(definition)


class ModuleClasses:
    """Reads the classes of one project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.torch = project.facts
        self._known: dict[object, ModuleClass | None] = {}
        self._late = LateMethods(project, self.of)

    def of(self, definition: Definition | None) -> ModuleClass | None:
        """Return the module class a definition stands for, or None where it is not known to be one."""
        if not isinstance(definition, (ClassDefinition, External)):
            return None
        key: object = definition
        if isinstance(definition, ClassDefinition):
            key = (definition.scope.file.path, definition.node.at)
        if key not in self._known:
            self._known[key] = None
            self._known[key] = self._read(definition)
        return self._known[key]

    def _read(self, definition: ClassDefinition | External) -> ModuleClass | None:
        if isinstance(definition, External) or definition.qualname == DEFINED_MODULE.qualname:
            atlas = self.torch.nn_class(definition.qualname)
            return None if atlas is None else ModuleClass(atlas.qualname, self, atlas=atlas)
        mro = linearized(definition, self._project)
        for base in mro:
            if isinstance(base, External) and (
                self.torch.nn_class(base.qualname) is not None or _is_lightning(base)
            ):
                return ModuleClass(definition.qualname, self, definition, first_atlas(mro, self.torch), mro)
        return None

    def forget(self, resting: Collection[str]) -> None:
        """Forget the classes of these files."""
        for key in [key for key in self._known if isinstance(key, tuple) and key[0] in resting]:
            del self._known[key]
        self._late.forget(resting)

    # --- what module classes ask for -----------------------------------------------------------------

    def facts(self, mro: tuple[Base, ...], given: Given) -> ClassFacts:
        """Return what a class of the project says whose `__init__` is given these literals."""
        return ClassFacts(mro, self._project, given, self.of, self._late)

    def torch_facts(self, qualname: str) -> dict[str, AttributeFact]:
        """Return the attributes of a class of torch beyond those of `nn.Module`, or `nn.Module`'s own."""
        return torch_facts(qualname, self.torch)

    def forward(self, function: FunctionDefinition, owner: ModuleClass) -> Signature:
        """Return the signature of a method that is compiled as `forward`."""
        return forward_signature(function, owner, self._project)


def _is_lightning(base: External) -> bool:
    return base.qualname.startswith(_LIGHTNING) and base.qualname.endswith(".LightningModule")
