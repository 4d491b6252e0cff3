"""What an exported module lacks that its source has: all but parameters, buffers and what holds them."""

from __future__ import annotations

from hookproof.classes.module_classes import module_class_of
from hookproof.evaluator.use import Use
from hookproof.interpreter.hook_uses import summary_of
from hookproof.interpreter.values import Hook
from hookproof.modules.module_class import MODULE, ModuleClass
from hookproof.semantic.definitions import External
from hookproof.semantic.project import Project

_LEFT_OUT = frozenset(
    {"constant", "value", "class value", "property", "method", "static method", "class method"}
)


def lacked_by_exported(hook: Hook, cls: ModuleClass, project: Project) -> Use | None:
    """Return the first use by a hook of what only the source, of this class, has; None if there is none."""
    module = module_class_of(External(MODULE), project)
    uses = summary_of(hook, cls, project).uses
    written = {use.name for use in uses if use.operation == "hasattr"}  # whoever asks knows
    for use in uses:
        if use.path or use.name is None or use.operation != "attribute":
            continue
        if use.kind == "write" and not use.is_augmented:
            written.add(use.name)
            continue
        fact = cls.attribute(use.name)
        is_everywhere = module is None or module.attribute(use.name) is not None
        if fact is None or fact.kind not in _LEFT_OUT or fact.is_conditional or is_everywhere:
            continue
        if use.name not in written and not use.is_guarded and not use.helpers:
            return use
    return None
