"""A hook that is made within a function, as a function of the file, which can be pickled."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.function_copies import can_be_copied, copied, own_names
from hookproof.fixes.hook_functions import Flagged, function_at
from hookproof.fixes.repair import Repair
from hookproof.fixes.repairs.named_functions import definition_of, free_name


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Define a function before the module's own statement that has the lambda, and name it there."""
    hook = _hook(flagged.node)
    around = [node for node in flagged.nodes if isinstance(node, cst.FunctionDef | cst.ClassDef)]
    if hook is None or not around or m.findall(hook, m.NamedExpr() | m.Yield() | m.Await()):
        return ()
    # A name may be bound anywhere around: what the lambda speaks of must be of the module, or built in.
    if (_names(hook.body) - _names(hook.params)) & _bound(flagged.nodes[1]):
        return ()
    if any(isinstance(node, cst.Lambda | cst.BaseComp) for node in flagged.nodes):
        return ()
    # By what is around: those of other functions, which may be lifted at the same time, have other names.
    words = [each.name.value.strip("_").lower() for each in around]
    name = free_name(flagged.file.text, "_".join((*words, "hook")))
    text = definition_of(hook, name, "", " " * 4, flagged)
    first = around[0]
    start = first.decorators[0] if first.decorators else first
    return () if text is None else (flagged.insert_before(start, f"{text}\n"), flagged.replace(hook, name))


def _hook(node: cst.CSTNode) -> cst.Lambda | None:
    match node:
        case cst.Call(args=[cst.Arg(value=cst.Lambda() as hook), *_]):
            parts = (hook.params.params, hook.params.kwonly_params, hook.params.posonly_params)
            return None if any(each.default for part in parts for each in part) else hook
    return None


def _names(node: cst.CSTNode) -> frozenset[str]:
    return frozenset(each.value for each in m.findall(node, m.Name()) if isinstance(each, cst.Name))


def _bound(statement: cst.CSTNode) -> frozenset[str]:
    """Return the names that functions within a statement may have of their own."""
    binding = m.Param() | m.AssignTarget() | m.AnnAssign() | m.NamedExpr() | m.AsName() | m.ImportAlias()
    parts = [*m.findall(statement, binding), *m.findall(statement, m.FunctionDef() | m.ClassDef())]
    loops = m.findall(statement, m.For() | m.CompFor())
    named = [
        each.name if isinstance(each, cst.FunctionDef | cst.ClassDef | cst.Param) else each for each in parts
    ]
    targets = [each.target for each in loops if isinstance(each, cst.For | cst.CompFor)]
    return frozenset[str]().union(*(_names(each) for each in (*named, *targets)))


def _lifted(flagged: Flagged) -> tuple[Edit, ...]:
    """Move a function that speaks of nothing around it in front of the file's own statement that has it."""
    hook = flagged.finding.hook
    if hook is None or hook.path != flagged.file.path:
        return ()
    place = function_at(flagged, hook.path, hook.line)
    if place is None or not can_be_copied(place) or not isinstance(place.node, cst.FunctionDef):
        return ()
    suite, around = place.nodes[-2], place.nodes[-3]
    if not isinstance(suite, cst.IndentedBlock) or not isinstance(around, cst.FunctionDef):
        return ()
    name, outer = place.node.name.value, place.nodes[1]
    others = outer.deep_remove(place.node)
    is_bound_elsewhere = bool(place.file.names.blocks(name)) or not isinstance(others, cst.CSTNode)
    if is_bound_elsewhere or len(suite.body) < 2 or place.indent_of(place.node).strip():
        return ()
    assert isinstance(others, cst.CSTNode)
    bound = _bound(others)
    if name in bound or (frozenset(own_names(place.node)) - {name}) & (bound - _own_parameters(place.node)):
        return ()
    text = copied(place, name, place.node.params.params, {}, "")
    is_plain = place.node.params.star_kwarg is None and not isinstance(place.node.params.star_arg, cst.Param)
    if text is None or not is_plain or place.node.params.kwonly_params or place.node.params.posonly_params:
        return ()
    line, end = place.ranges[place.node][0], place.ranges[place.node][2]
    end += not place.file.line_text(end + 1).strip()
    start = (
        outer.decorators[0]
        if isinstance(outer, cst.FunctionDef | cst.ClassDef) and outer.decorators
        else outer
    )
    return (
        place.insert_before(start, f"{text}\n\n\n"),
        Edit(place.file.path, line, 1, end + 1, 1, ""),
    )


def _own_parameters(function: cst.FunctionDef) -> frozenset[str]:
    return frozenset(each.name.value for each in function.params.params)


REPAIRS = (
    Repair(
        codes=frozenset({"HKP830"}),
        edits=_lifted,
        changes="the hook has another `__qualname__`, which `repr` shows, and is one function for all calls",
    ),
    Repair(
        codes=frozenset({"HKP830"}),
        edits=_edits,
        changes="the hook is a function with a name, which tracebacks and `repr` show",
    ),
)
