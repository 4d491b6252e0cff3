"""The name of a module's class, asked so that ScriptModules give the Python class's too."""

from __future__ import annotations

import re

import libcst as cst

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged
from hookproof.fixes.repair import Repair

_SET = re.compile(r"\boriginal_name\s*[:=](?!=)")  # a class may have an attribute of that name


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Ask a ScriptModule for its `original_name` (torch/jit/_script.py); an eager module has none."""
    whole, module = _name_asked(flagged)
    # It is written three times, so it must be free of effects, and cheap.
    if whole is None or module is None or not _is_plain(module) or _SET.search(flagged.file.text):
        return ()
    text, asked = flagged.code(module), flagged.code(whole)
    quote = _quote(flagged)
    choice = f"{text}.original_name if hasattr({text}, {quote}original_name{quote}) else {asked}"
    if not quote or '"' in asked:
        return ()
    return (flagged.replace(whole, choice if _stands_alone(flagged, whole) else f"({choice})"),)


def _name_asked(flagged: Flagged) -> tuple[cst.BaseExpression | None, cst.BaseExpression | None]:
    """Return the expression that gives the name of a class, and the module whose class it is."""
    match flagged.node:
        case cst.Attribute(value=module, attr=cst.Name("_get_name")):
            match flagged.parent:
                case cst.Call(args=[]) as call:
                    return call, module
            return None, None
        case cst.Attribute(value=module, attr=cst.Name("__class__")):
            pass
        case cst.Call(func=cst.Name("type"), args=[cst.Arg(value=module, keyword=None, star="")]):
            pass
        case _:
            return None, None
    match flagged.parent:
        case cst.Attribute(attr=cst.Name("__name__")) as whole:
            return whole, module
    return None, None


def _is_plain(node: cst.BaseExpression) -> bool:
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


def _quote(flagged: Flagged) -> str:
    """Return the quotes of a text there: those of an f-string around it leave no room before 3.12."""
    around = [each.start.lstrip("rRfF") for each in flagged.around(cst.FormattedString)]
    return next((quote for quote in ('"', "'") if all(quote not in start for start in around)), "")


def _stands_alone(flagged: Flagged, whole: cst.BaseExpression) -> bool:
    """Whether nothing binds it more closely than a conditional expression does."""
    parent = flagged.nodes[flagged.nodes.index(whole) - 1]
    return isinstance(parent, cst.Arg | cst.Assign | cst.Return | cst.Index)


REPAIRS = (Repair(codes=frozenset({"HKP410"}), edits=_edits),)
