"""An attribute's type at class level, where TorchScript finds none in what `__init__` sets."""

from __future__ import annotations

import re

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, class_around
from hookproof.fixes.imports import spelled
from hookproof.fixes.repair import Repair
from hookproof.semantic.importing import Spelled, together

OF_LITERALS = {cst.Integer: "int", cst.Float: "float", cst.SimpleString: "str"}
# Methods of a Tensor that give a Tensor whatever they are given, of those that hooks call on what they keep.
_KEPT = frozenset(
    {
        *("abs", "clone", "contiguous", "cpu", "cuda", "detach", "double", "exp", "flatten", "float", "half"),
        *("log", "mean", "norm", "relu", "reshape", "sigmoid", "sqrt", "square", "squeeze", "std", "sum"),
        *("tanh", "to", "unsqueeze", "var", "view"),
    }
)
# Those that give an `int`, `size` where it is given a dimension.
_COUNTS = frozenset({"dim", "numel", "size"})


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Annotate the attribute in its class: class-level annotations are no statements to an eager model."""
    if not isinstance(flagged.node, cst.Attribute) or not flagged.finding.evidence:
        return ()
    name, first = flagged.node.attr.value, flagged.finding.evidence[0]
    owner = class_around(flagged, first.path, first.line)
    if owner is None or not isinstance(owner.node, cst.ClassDef):
        return ()
    # As a string an annotation means nothing to TorchScript, which reads the class as it is.
    if "from __future__ import annotations" in owner.file.text or _is_annotated(owner.node, name):
        return ()
    if flagged.finding.code == "HKP301":
        return _final(owner, name)
    wanted = _type_of(flagged, owner, _value_set(owner, name))
    return at_class_level(owner, name, wanted) if wanted is not None else ()


def _is_annotated(owner: cst.ClassDef, name: str) -> bool:
    return bool(m.findall(owner, m.AnnAssign(target=m.Name(name) | m.Attribute(attr=m.Name(name)))))


def _final(owner: Flagged, name: str) -> tuple[Edit, ...]:
    """Make a class attribute `Final` that has a plain value and is never set on an instance."""
    assert isinstance(owner.node, cst.ClassDef)
    set_later = m.AssignTarget(m.Attribute(attr=m.Name(name))) | m.AugAssign(m.Attribute(attr=m.Name(name)))
    final = spelled("typing.Final", owner)
    if final is None or m.findall(owner.node, set_later) or f".{name} =" in owner.file.text:
        return ()
    for statement in owner.node.body.body:
        match statement:
            case cst.SimpleStatementLine(
                body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(bound) as target)], value=value)]
            ) if bound == name:
                kind = OF_LITERALS.get(type(value))
                is_truth = m.matches(value, m.Name("True") | m.Name("False"))
                if kind is None and not is_truth:
                    return ()
                return (
                    owner.insert_after(target, f": {final.text}[{kind or 'bool'}]"),
                    *final.edits,
                )
    return ()


def _value_set(owner: Flagged, name: str) -> cst.BaseExpression | None:
    """Return what the class sets the attribute to, where it does so once."""
    target = m.AssignTarget(m.Attribute(value=m.Name("self"), attr=m.Name(name)))
    found = m.findall(owner.node, m.Assign(targets=[target]))
    only = found[0] if len(found) == 1 else None
    return only.value if isinstance(only, cst.Assign) else None


def _type_of(flagged: Flagged, owner: Flagged, value: cst.BaseExpression | None) -> Spelled | None:
    """Return the type that the attribute has, by what the class sets it to and what the hook does with it."""
    match value, flagged.parent, flagged.nodes[-3]:
        case (
            cst.List(elements=[]),
            cst.Attribute(attr=cst.Name("append")),
            cst.Call(args=[cst.Arg(value=item, keyword=None, star="")]),
        ):
            return generic_of("typing.List", "list", (spelled_type(item, flagged, owner),), owner)
        case (
            cst.List(elements=[]),
            cst.AssignTarget(),
            cst.Assign(value=cst.List(elements=[cst.Element(value=item), *_])),
        ):
            return generic_of("typing.List", "list", (spelled_type(item, flagged, owner),), owner)
        case (
            cst.Dict(elements=[]),
            cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Index(value=key))]),
            cst.AssignTarget(),
        ):
            assign = next(flagged.around(cst.Assign))
            items = (spelled_type(key, flagged, owner), spelled_type(assign.value, flagged, owner))
            return generic_of("typing.Dict", "dict", items, owner)
        case cst.Name("None"), cst.AssignTarget(), cst.Assign(value=given):
            return generic_of("typing.Optional", "", (spelled_type(given, flagged, owner),), owner)
    return None


def generic_of(
    qualname: str, builtin: str, items: tuple[Spelled | None, ...], owner: Flagged
) -> Spelled | None:
    """Return a generic type of others as the owner's file can write it, None where one of them is unknown."""
    known = [item for item in items if item is not None]
    generic = spelled(qualname, owner)
    if builtin and (generic is None or generic.edits):
        generic = Spelled(builtin)  # there is no need of an import
    if generic is None or len(known) < len(items):
        return None
    inner = ", ".join(item.text for item in known)
    edits = together(edit for each in (generic, *known) for edit in each.edits)
    return Spelled(f"{generic.text}[{inner}]", edits)


def spelled_type(value: cst.BaseExpression, flagged: Flagged, owner: Flagged) -> Spelled | None:
    """Return the type of what a hook keeps, where it is plain: a literal, a Tensor it is given, its sizes."""
    if type(value) in OF_LITERALS:
        return Spelled(OF_LITERALS[type(value)])
    if m.matches(value, m.Name("True") | m.Name("False")):
        return Spelled("bool")
    match value:
        case cst.Attribute(value=inner, attr=cst.Name("shape")) if _is_tensor(inner, flagged):
            return generic_of("typing.List", "list", (Spelled("int"),), owner)
        case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name("size")), args=[]) if _is_tensor(
            inner, flagged
        ):
            return generic_of("typing.List", "list", (Spelled("int"),), owner)
        case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name(method))) if method in _COUNTS:
            return Spelled("int") if _is_tensor(inner, flagged) else None
        case cst.Subscript(value=cst.Attribute(value=inner, attr=cst.Name("shape"))):
            is_item = isinstance(value.slice[0].slice, cst.Index)
            return Spelled("int") if is_item and _is_tensor(inner, flagged) else None
        case cst.Call(func=cst.Name("float" | "int" | "len" as name), args=[_]):
            return Spelled("float" if name == "float" else "int")
    return spelled("torch.Tensor", owner) if _is_tensor(value, flagged) else None


def _is_tensor(value: cst.BaseExpression, flagged: Flagged) -> bool:
    """Whether a value is the hook's output or input, or what a Tensor's method makes of it."""
    match value:
        case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name(method))) if method in _KEPT:
            return _is_tensor(inner, flagged)
        case cst.Name(name):
            return _is_output(name, flagged)
        case cst.Subscript(
            value=cst.Name(name), slice=[cst.SubscriptElement(slice=cst.Index(value=cst.Integer("0")))]
        ):
            return _is_input(name, flagged)
    return False


def _is_output(name: str, flagged: Flagged) -> bool:
    """Whether a name is the hook's output, which is a Tensor to TorchScript unless it is annotated."""
    hook = next(flagged.around(cst.FunctionDef), None)
    parameters = hook.params.params if hook is not None else ()
    if hook is None or len(parameters) != 3 or parameters[2].name.value != name:
        return False
    annotation = parameters[2].annotation
    if m.findall(hook.body, m.AssignTarget(m.Name(name))):
        return False
    return annotation is None or flagged.code(annotation.annotation) in ("Tensor", "torch.Tensor")


def _is_input(name: str, flagged: Flagged) -> bool:
    """Whether a name is the hook's input, annotated as a tuple that begins with a Tensor."""
    hook = next(flagged.around(cst.FunctionDef), None)
    parameters = hook.params.params if hook is not None else ()
    if hook is None or len(parameters) < 2 or parameters[1].name.value != name:
        return False
    annotation = parameters[1].annotation
    if annotation is None or m.findall(hook.body, m.AssignTarget(m.Name(name))):
        return False
    written = flagged.code(annotation.annotation)
    return re.match(r"(?:typing\.)?[Tt]uple\[(?:torch\.)?Tensor(?:, (?!\.\.\.)|\])", written) is not None


def at_class_level(owner: Flagged, name: str, wanted: Spelled) -> tuple[Edit, ...]:
    """Return the edits that annotate an attribute before all else in its class."""
    assert isinstance(owner.node, cst.ClassDef)
    if not isinstance(owner.node.body, cst.IndentedBlock):
        return ()
    statements = owner.node.body.body
    first = statements[1 if owner.node.get_docstring() is not None and len(statements) > 1 else 0]
    indent = owner.indent_of(first)
    if indent.strip():
        return ()
    gap = "\n" if isinstance(first, cst.FunctionDef | cst.ClassDef) else ""
    text = f"{name}: {wanted.text}\n{gap}{indent}"
    return (owner.insert_before(_with_decorators(first), text), *wanted.edits)


def _with_decorators(node: cst.CSTNode) -> cst.CSTNode:
    """Return where a definition begins: at its first decorator."""
    return (
        node.decorators[0] if isinstance(node, cst.FunctionDef | cst.ClassDef) and node.decorators else node
    )


REPAIRS = (Repair(codes=frozenset({"HKP301", "HKP302", "HKP304"}), edits=_edits),)
