"""A loop, or a function for `apply`, that puts hooks on modules, so that it leaves ScriptModules out."""

from __future__ import annotations

import re

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged
from hookproof.fixes.imports import spelled
from hookproof.fixes.repair import Repair


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Skip what is a ScriptModule, in the loop or comprehension whose variable is registered on."""
    script_module = spelled("torch.jit.ScriptModule", flagged)
    module = _receiver(flagged.node)
    if script_module is None or module is None:
        return ()
    test = f"isinstance({module}, {script_module.text})"
    for node in reversed(flagged.nodes[:-1]):
        match node:
            case cst.For(body=cst.IndentedBlock()) if _binds(node.target, module):
                # No earlier: what the loop does before that, it does with ScriptModules as well.
                if flagged.indent_of(flagged.statement).strip():
                    return ()
                return (_skip(flagged, flagged.statement, test), *script_module.edits)
            case cst.ListComp(for_in=loop) | cst.SetComp(for_in=loop) | cst.GeneratorExp(for_in=loop):
                if _binds(loop.target, module) and loop.inner_for_in is None and not loop.ifs:
                    return (flagged.insert_after(loop.iter, f" if not {test}"), *script_module.edits)
                return ()
            case cst.FunctionDef(params=cst.Parameters(params=[first, *_])) if first.name.value == module:
                if not _is_applied(node, flagged) or flagged.indent_of(flagged.statement).strip():
                    return ()
                return (_skip(flagged, flagged.statement, test, "return"), *script_module.edits)
            case cst.FunctionDef() | cst.Lambda() | cst.Try() | cst.DictComp():
                return ()
    return ()


def _receiver(node: cst.CSTNode) -> str | None:
    match node:
        case cst.Call(func=cst.Attribute(value=cst.Name(name))):
            return name
    return None


def _binds(target: cst.CSTNode, name: str) -> bool:
    match target:
        case cst.Name(bound):
            return bound == name
        case cst.Tuple(elements=elements):
            return any(_binds(element.value, name) for element in elements)
    return False


def _is_applied(function: cst.CSTNode, flagged: Flagged) -> bool:
    """Whether a function is handed to the `apply` of modules, and gives nothing back."""
    assert isinstance(function, cst.FunctionDef)
    results = m.findall(function.body, m.Return() | m.Yield() | m.Await())
    if function.decorators or any(not isinstance(each, cst.Return) or each.value for each in results):
        return False
    name = re.escape(function.name.value)
    return re.search(rf"\.apply\(\s*{name}\s*,?\s*\)", flagged.file.text) is not None


def _skip(flagged: Flagged, first: cst.CSTNode, test: str, leave: str = "continue") -> Edit:
    """Return the edit that goes on with the next module where `test` holds, before a statement."""
    indent = flagged.indent_of(first)
    step = " " * 4 if "\t" not in indent else "\t"
    return flagged.insert_before(first, f"if {test}:\n{indent}{step}{leave}\n{indent}")


REPAIRS = (Repair(codes=frozenset({"HKP102", "HKP120"}), edits=_edits),)
