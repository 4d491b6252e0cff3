"""What a hook may be where its value could not be followed: for the inventory, never for a finding."""

from __future__ import annotations

from collections.abc import Iterable

from hookproof.interpreter.hooks import hooks_of
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.progress import Site
from hookproof.interpreter.registrations import hook_argument
from hookproof.interpreter.values import Hook
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of
from hookproof.syntax.source_file import SourceFile


def candidates(site: Site, others: Iterable[Site]) -> tuple[Hook, ...]:
    """Return the functions that the hook of an unresolved site may be, by the sites around it and by name.

    - `new.register_forward_hook(hook)` with `hook` from `old._forward_hooks`: what the file registers so;
    - a method that is a hook API itself and passes its hook on: what is registered through it anywhere;
    - `layer.rule.forward_hook`: the methods of that name in the classes known to the file.
    """
    registration, file = site.registration, site.registration.location.file
    if any(hook.form == "container" for hook in site.hooks):
        return _followed(
            other
            for other in others
            if other.registration.api == registration.api and other.registration.location.path == file.path
        )
    around = file.outline.blocks[block_of(registration.location.at)].name
    if around in site.project.facts.hook_apis and any(hook.form == "parameter" for hook in site.hooks):
        return _followed(other for other in others if other.registration.api == around)
    argument = hook_argument(registration.call, is_unbound=False) if registration.call else None
    if isinstance(argument, ir.Attribute) and not argument.attr.startswith("__"):
        methods = tuple(
            FunctionValue(method, bound_self=ObjectValue("attribute"))
            for method in _methods_named(file, argument.attr, site.project)
        )
        return tuple(
            h for h in hooks_of(methods, site.hooks[0].location, site.project) if h.function is not None
        )
    return ()


def _followed(sites: Iterable[Site]) -> tuple[Hook, ...]:
    hooks = (hook for site in sites for hook in site.hooks if hook.function is not None)
    return tuple({(hook.definition.path, hook.definition.at): hook for hook in hooks}.values())


def _methods_named(file: SourceFile, name: str, project: Project) -> list[FunctionDefinition]:
    """Return the methods of a name in the classes of the file, of those it imports, or from further on.

    The last step goes to what the files of the imported classes import, and takes only the one answer.
    """
    own = [block.name for block in file.outline.blocks if block.kind == "class"]
    found = _members(_classes(file, own, project), name, project)
    if found:
        return found
    imported = _classes(file, _class_names(file), project)
    found = _members(imported, name, project)
    if found:
        return found
    nearby = {cls.scope.file.path: cls.scope.file for cls in imported}.values()
    further = [cls for other in nearby for cls in _classes(other, _class_names(other), project)]
    found = _members(further, name, project)
    return found if len(found) == 1 else []


def _class_names(file: SourceFile) -> list[str]:
    return sorted(name for name in file.names.all() if name[:1].isupper() and not name.isupper())


def _classes(file: SourceFile, names: Iterable[str], project: Project) -> list[ClassDefinition]:
    found = (project.lookup(Scope(file), name) for name in names)
    return [cls for cls in found if isinstance(cls, ClassDefinition)]


def _members(classes: Iterable[ClassDefinition], name: str, project: Project) -> list[FunctionDefinition]:
    found = (project.member(cls, name) for cls in classes)
    methods = (member for member in found if isinstance(member, FunctionDefinition))
    return list({(method.location.path, method.location.at): method for method in methods}.values())
