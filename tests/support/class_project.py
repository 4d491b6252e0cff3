"""A project of one file from a piece of source, and the same source imported."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path
from types import ModuleType

from hookproof.classes.module_classes import module_class_of
from hookproof.facts.atlas import Facts
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.project import Project
from hookproof.syntax.source_file import SourceFile

FACTS = Facts()
_numbers = itertools.count()


def project_of(path: Path, text: str) -> tuple[Project, SourceFile]:
    """Return a project that knows the one file `path`, made with this text."""
    path.write_text(text, encoding="utf-8")
    return project_at(path)


def project_at(path: Path) -> tuple[Project, SourceFile]:
    """Return a project that knows one file."""
    file = SourceFile(str(path), path.stem, path.read_text(encoding="utf-8"))
    return Project([str(path)], lambda _: file, FACTS), file


def class_named(project: Project, file: SourceFile, name: str) -> ModuleClass | None:
    """Return the module class of that name at the top of the file."""
    from hookproof.semantic.scope import Scope

    definition = project.lookup(Scope(file), name)
    assert isinstance(definition, ClassDefinition), definition
    return module_class_of(definition, project)


def imported(path: Path) -> ModuleType:
    """Import a file under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"{path.stem}_{next(_numbers)}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
