"""TorchScript types as a file can write them: by names that it has, or by imports that are added."""

from __future__ import annotations

from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.definitions import External
from hookproof.semantic.importing import Spelled, spelled, together
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.torch_types.annotations import split_items

_SPELLINGS = {
    "Tensor": (("Tensor", "torch.Tensor"), ("torch", "torch")),
    "Optional": (("Optional", "typing.Optional"),),
    "List": (("List", "typing.List"), ("list", "builtins.list")),
    "Dict": (("Dict", "typing.Dict"), ("dict", "builtins.dict")),
    "Tuple": (("Tuple", "typing.Tuple"), ("tuple", "builtins.tuple")),
}


def spelled_type(name: str, scope: Scope, project: Project, line: int) -> Spelled | None:
    """Return how a file can write a type in a function on a line, None where its names are not clear.

    `name` is as TorchScript spells it (`Tuple[Tensor, int]`), `scope` that of the function.
    """
    if name == "NoneType":
        return Spelled("None")
    if name in {"int", "float", "bool", "str", "complex"}:
        return Spelled(name)
    generic, bracket, inner = name.partition("[")
    outer = _name_of(generic, scope, project, line) if generic in _SPELLINGS else None
    if outer is None:
        return None
    if not bracket:
        return outer
    if inner == "()]":
        return Spelled(f"{outer.text}[()]", outer.edits)
    items = [spelled_type(item, scope, project, line) for item in split_items(inner[:-1])]
    known = [item for item in items if item is not None]
    if len(known) < len(items):
        return None
    text = f"{outer.text}[{', '.join(item.text for item in known)}]"
    return Spelled(text, together(edit for each in (outer, *known) for edit in each.edits))


def _name_of(generic: str, scope: Scope, project: Project, line: int) -> Spelled | None:
    """Return how the hook's file can write a type: as it is known there, or by an import that is added."""
    outer = Scope(scope.file, scope.functions[:-1])
    for short, qualname in _SPELLINGS[generic]:
        definition = project.lookup(outer, short)
        if isinstance(definition, External) and definition.qualname == qualname and _runs(short, outer, line):
            return Spelled("torch.Tensor" if short == "torch" else short)
    return spelled(_SPELLINGS[generic][0][1], scope.file, line, lambda name: not _is_local(name, outer))


def _runs(name: str, scope: Scope, line: int) -> bool:
    """Whether what binds a name has run by a line; what stands under `if TYPE_CHECKING` never does."""
    if _is_local(name, scope):
        return True
    blocks = [scope.file.outline.blocks[index] for index in scope.file.names.blocks(name)]
    texts = (scope.file.block_text(each.index) for each in blocks if each.kind != "import")
    return all(each.line < line for each in blocks) and all(text.startswith("try") for text in texts)


def _is_local(name: str, scope: Scope) -> bool:
    return any(name in function_bindings(function) for function in scope.functions)
