"""torch.nn's own sources, read as if they were a project, compared with the classes they define."""

from __future__ import annotations

import inspect
import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn

from hookproof.classes.module_classes import module_class_of
from hookproof.facts.atlas import Facts
from hookproof.modules.module_class import MODULE, ModuleClass
from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax.source_file import SourceFile

FACTS = Facts()
ROOT = Path(torch.__file__).parent
FOLDER = ROOT / "nn" / "modules"
ARGUMENTS: dict[str, Any] = {"embed_dim": 4, "d_model": 4, "in_features": 4, "cutoffs": [2], "n_classes": 5}


def project() -> Project:
    def load(path: str) -> SourceFile:
        parts = Path(path).relative_to(ROOT.parent).with_suffix("").parts
        return SourceFile(path, ".".join(parts), Path(path).read_bytes())

    return Project([str(path) for path in sorted(FOLDER.glob("[!_]*.py"))], load, FACTS)


def made(cls: type[nn.Module]) -> nn.Module | None:
    """Return an instance with small arguments, None where that is not how the class is made."""
    given = {}
    for parameter in list(inspect.signature(cls.__init__).parameters.values())[1:]:
        if parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            given[parameter.name] = ARGUMENTS.get(parameter.name, 2)
    try:
        return cls(**given)
    except (TypeError, ValueError, AttributeError):
        return None


def subjects() -> list[tuple[type[nn.Module], ModuleClass, nn.Module]]:
    known, found = project(), []
    for _, cls in sorted(vars(nn).items()):
        if not inspect.isclass(cls) or not issubclass(cls, nn.Module) or cls is nn.Module:
            continue
        file = known.file(str(sys.modules[cls.__module__].__file__))
        instance = made(cls)
        if file is None or instance is None:
            continue
        definition = known.lookup(Scope(file), cls.__name__)
        assert isinstance(definition, ClassDefinition)
        facts = module_class_of(definition, known)
        assert facts is not None
        found.append((cls, facts, instance))
    return found


def test_nothing_said_of_torchs_own_classes_is_false() -> None:
    checked, wrong = 0, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cls, facts, instance in subjects():
            try:
                concrete = torch.jit._recursive.get_module_concrete_type(instance)
            except (AssertionError, ValueError, OSError):
                continue  # torch can't type it: a submodule annotated with its class, a generated class
            types = {name: kind.annotation_str for name, (kind, _) in concrete.get_attributes().items()}
            compiled = {*types, *concrete.get_constants(), *(name for name, _ in concrete.get_modules())}
            for fact in facts.attributes().values():
                if fact.owner == MODULE:
                    continue
                checked += 1
                if fact.is_compiled not in (None, fact.name in compiled):
                    wrong.append((cls, fact.name, "compiled"))
                is_typed = fact.kind != "class value" and fact.name in types
                if is_typed and fact.type.name not in (None, types[fact.name]):
                    wrong.append((cls, fact.name, "type"))
                if not fact.is_conditional and not hasattr(instance, fact.name):
                    wrong.append((cls, fact.name, "missing"))
            own = {*vars(instance), *instance._parameters, *instance._buffers, *instance._modules}
            unseen = {name for name in own - set(vars(nn.Module())) if facts.attribute(name) is None}
            wrong += [(cls, name, "unseen") for name in unseen if facts.is_complete]
    assert not wrong
    assert checked > 1000


def test_the_forwards_of_torchs_own_classes_are_read_rightly() -> None:
    known, wrong = 0, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cls, facts, instance in subjects():
            try:
                schema = torch.jit.script(instance).forward.schema
            except Exception:
                continue
            signature = facts.forward
            assert signature is not None
            known += signature.returns.name is not None
            if signature.returns.name not in (None, schema.returns[0].type.annotation_str):
                wrong.append((cls, signature.returns))
            for parameter, argument in zip(signature.parameters, schema.arguments[1:], strict=True):
                if parameter.type.name not in (None, argument.type.annotation_str):
                    wrong.append((cls, parameter))
    assert not wrong
    assert known > 100
