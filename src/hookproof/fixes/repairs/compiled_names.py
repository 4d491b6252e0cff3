"""Layers that are chosen by name in what `torch.compile` returns, by the names that the model inside has."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged
from hookproof.fixes.repair import Repair

_NAMED = m.Call(func=m.Attribute(attr=m.Name("named_modules") | m.Name("named_children")))


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Leave `_orig_mod.` out of the name before anything else in the loop, which may keep it as well."""
    loop = next(flagged.around(cst.For), None)
    if loop is None or not m.matches(loop.iter, _NAMED) or not isinstance(loop.body, cst.IndentedBlock):
        return ()
    match loop.target:
        case cst.Tuple(elements=[cst.Element(value=cst.Name(name)), _]):
            first = loop.body.body[0]
            indent = flagged.indent_of(first)
            text = f'{name} = {name}.replace("_orig_mod.", "")\n{indent}'
            return () if indent.strip() else (flagged.insert_before(first, text),)
    return ()


REPAIRS = (
    Repair(
        codes=frozenset({"HKP706"}),
        edits=_edits,
        changes="the hook is registered on layers of what `torch.compile` returns",
    ),
)
