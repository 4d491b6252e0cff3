"""An attribute that a compiled hook sets, set in its module's `__init__` as well."""

from __future__ import annotations

import re
from pathlib import PurePath

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, class_around
from hookproof.fixes.repair import Repair
from hookproof.fixes.repairs.class_annotations import OF_LITERALS, at_class_level, generic_of, spelled_type

_SUPER = m.Call(func=m.Attribute(value=m.Call(func=m.Name("super")), attr=m.Name("__init__")))


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Set it right behind `super().__init__()`: a number to what the hook sets, what is a Tensor to None."""
    target, hook = flagged.node, next(flagged.around(cst.FunctionDef), None)
    value = _only_value(flagged)
    owner = _owner(flagged)
    if hook is None or value is None or owner is None or not isinstance(target, cst.Attribute):
        return ()
    assert isinstance(owner.node, cst.ClassDef)
    name, parameters = target.attr.value, hook.params.params
    if not parameters or not m.matches(target.value, m.Name(parameters[0].name.value)):
        return ()
    is_known = re.search(rf"\b{re.escape(name)}\b", owner.code(owner.node)) is not None
    # Somebody may ask whether it is there.
    is_asked = re.search(rf"[\"']{re.escape(name)}[\"']", flagged.file.text) is not None
    is_used = len(m.findall(hook.body, m.Attribute(attr=m.Name(name)))) > 1
    if is_known or is_asked or is_used:
        return ()
    is_plain = type(value) in OF_LITERALS or m.matches(value, m.Name("True") | m.Name("False"))
    if is_plain:
        return _set_in_init(owner, name, flagged.code(value))
    wanted = generic_of("typing.Optional", "", (spelled_type(value, flagged, owner),), owner)
    if wanted is None or "from __future__ import annotations" in owner.file.text:
        return ()
    declared, made = at_class_level(owner, name, wanted), _set_in_init(owner, name, "None")
    return (*declared, *made) if declared and made else ()


def _only_value(flagged: Flagged) -> cst.BaseExpression | None:
    match flagged.nodes[-3:-1]:
        case (cst.Assign(targets=[_], value=value), cst.AssignTarget()):
            return value
    return None


def _owner(flagged: Flagged) -> Flagged | None:
    """Return the class of the hook's module, where it stands in the file of the hook."""
    file, qualname = flagged.file, flagged.finding.module_class or ""
    module, _, name = qualname.rpartition(".")
    blocks = file.names.blocks(name)
    if module.rpartition(".")[2] != PurePath(file.path).stem or len(blocks) != 1:
        return None
    block = file.outline.blocks[blocks[0]]
    lines = range(block.line, block.end_line + 1)
    line = next((each for each in lines if re.match(rf"class\s+{name}\b", file.line_text(each))), 0)
    found = class_around(flagged, file.path, line) if line else None
    is_it = found is not None and isinstance(found.node, cst.ClassDef) and found.node.name.value == name
    return found if is_it else None


def _set_in_init(owner: Flagged, name: str, value: str) -> tuple[Edit, ...]:
    assert isinstance(owner.node, cst.ClassDef)
    for method in owner.node.body.body:
        if isinstance(method, cst.FunctionDef) and method.name.value == "__init__" and method.params.params:
            for statement in method.body.body:
                if isinstance(statement, cst.SimpleStatementLine) and m.findall(statement, _SUPER):
                    own, indent = method.params.params[0].name.value, owner.indent_of(statement)
                    line = owner.ranges[statement][2] + 1
                    text = f"{indent}{own}.{name} = {value}\n"
                    return () if indent.strip() else (Edit(owner.file.path, line, 1, line, 1, text),)
    return ()


REPAIRS = (
    Repair(
        codes=frozenset({"HKP303"}),
        edits=_edits,
        changes="the module has the attribute before the hook is called",
    ),
)
