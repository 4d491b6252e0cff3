"""How what is flagged can write a name of torch or `typing`."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from hookproof.fixes.hook_functions import Flagged
from hookproof.semantic import importing
from hookproof.semantic.importing import Spelled


def spelled(qualname: str, flagged: Flagged) -> Spelled | None:
    """Return how the flagged file can write `qualname` there, None where its names are not clear."""
    functions = tuple(flagged.around(cst.FunctionDef))

    def is_clear(name: str) -> bool:
        rebinds = m.Param(name=m.Name(name)) | m.AssignTarget(target=m.Name(name)) | m.NameItem(m.Name(name))
        return not any(m.findall(function, rebinds) for function in functions)

    return importing.spelled(qualname, flagged.file, flagged.ranges[flagged.node][0], is_clear)
