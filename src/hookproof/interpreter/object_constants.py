"""Which constants files, classes and objects certainly have under their names at one point of a program."""

from __future__ import annotations

from hookproof.interpreter.domain import Value, only
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import ClassValue, ConstantValue
from hookproof.interpreter.running import Running
from hookproof.semantic.bindings import function_names, shared_names
from hookproof.semantic.definitions import ClassDefinition, External, ValueDefinition
from hookproof.semantic.names import ANY_NAME
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile


def attribute_of(run: Running, owner: Value, name: str) -> Value | None:
    """Return what an object or class certainly has under a name."""
    cls = owner.definition if isinstance(owner, (ClassValue, ObjectValue)) else None
    if isinstance(owner, ObjectValue) and owner.is_created and not (owner.module_class or cls):
        known = run.progress.state.of(owner)  # a namespace
        is_changed = owner in run.handed_on or name in known.changed or ANY_NAME in known.changed
        return None if is_changed else only(known.attributes.get(name, ()))
    if cls is None:
        return None
    if isinstance(owner, ObjectValue):
        is_known = _is_set_once(run, owner, cls, name) or _is_set_in_sight(run, owner, cls, name)
        if not is_known and not _is_left_alone(run, owner, cls, name):
            return None
        values = run.progress.state.of(owner).attributes.get(name)
        if values is not None:
            return values[0]
    bases = [base.qualname for base in run.project.mro(cls) if base is not None]
    return None if run.progress.patched.intersection(bases) else constant_of(run.project.member(cls, name))


def _is_left_alone(run: Running, owner: ObjectValue, cls: ClassDefinition, name: str) -> bool:
    """Return whether a constant of a class is that of whatever object its methods run for.

    No method of the class sets it, and no subclass has another: all of them stand in its file.
    """
    known, file = run.progress.state.of(owner), cls.scope.file
    if run.relevance.is_named_elsewhere(cls.node.name, file):
        return False
    if not owner.is_root_self or name in known.attributes or ANY_NAME in known.changed:
        return False
    if any(
        isinstance(base, ClassDefinition) and run.project.assigning_methods(base, name)
        for base in run.project.mro(cls)
    ):
        return False
    blocks = (block.name for block in file.outline.blocks if block.kind == "class")
    others = (run.project.lookup(Scope(file), other) for other in blocks)
    return not any(
        isinstance(other, ClassDefinition)
        and other != cls
        and cls in run.project.mro(other)
        and run.project.member(other, name) != run.project.member(cls, name)
        for other in others
    )


def _is_set_once(run: Running, owner: ObjectValue, cls: ClassDefinition, name: str) -> bool:
    """Return whether nothing but the `__init__` of an object that was made here sets an attribute."""
    known = run.progress.state.of(owner)
    if not owner.is_created or owner in run.handed_on or name in known.changed:
        return False
    return len(known.attributes.get(name, (None,))) == 1 and all(
        method.name == "__init__"
        for base in run.project.mro(cls)
        if isinstance(base, ClassDefinition)
        for method in run.project.assigning_methods(base, name)
    )


def _is_set_in_sight(run: Running, owner: ObjectValue, cls: ClassDefinition, name: str) -> bool:
    """Return whether an attribute has the constant that the program was seen to set last.

    No method that sets it was called without being followed, or is a hook, which torch calls.
    """
    known = run.progress.state.of(owner)
    is_sure = owner.is_created and owner not in run.handed_on and name not in known.perhaps
    if not is_sure or name not in known.changed or ANY_NAME in known.changed:
        return False
    hooks = {hook.function for site in run.progress.sites for hook in site.hooks}
    called = {each for hook in hooks if hook is not None for each in function_names(hook)}
    return isinstance(only(known.attributes.get(name, ())), ConstantValue) and not any(
        method in run.calls.passed or method.function in hooks or method.name in called
        for base in run.project.mro(cls)
        if isinstance(base, ClassDefinition)
        for method in run.project.assigning_methods(base, name)
    )


def constant_of(definition: object) -> ConstantValue | None:
    """Return the constant of a file or class that is bound once."""
    match definition:
        case External(qualname="typing.TYPE_CHECKING"):
            return ConstantValue(False)
        case ValueDefinition(value=ir.Constant(value=value, kind="bool" | "int" | "str"), name=name) if name:
            is_known = not definition.scope.functions and not _is_global_elsewhere(
                name, definition.scope.file
            )
            return ConstantValue(value) if is_known else None
    return None


def _is_global_elsewhere(name: str, file: SourceFile) -> bool:
    """Return whether a function of a file binds a name of the file."""
    blocks = (file.outline.blocks[index] for index in file.names.blocks(name))
    return any(
        name in shared_names(file.block(block.index), "global")
        for block in blocks
        if block.kind in {"def", "method"}
    )
