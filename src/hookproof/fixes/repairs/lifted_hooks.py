"""A lambda that is registered within a function, as a function of the module, which can be pickled."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged
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


REPAIRS = (
    Repair(
        codes=frozenset({"HKP830"}),
        edits=_edits,
        changes="the hook is a function with a name, which tracebacks and `repr` show",
    ),
)
