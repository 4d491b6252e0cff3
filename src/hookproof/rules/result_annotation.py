"""The fix of a hook's return annotation: the type that its body gives, where a compiled hook may give it."""

from __future__ import annotations

import re

from hookproof.finding import Edit, Fix
from hookproof.rules.hook_result import body_type
from hookproof.rules.signature import HookSignature

_COLON = re.compile(r"\s*,?\s*(?P<end>\))\s*:")


def allowed_results(signature: HookSignature) -> frozenset[str] | None:
    """Return the types that a compiled pre-hook may give, but for None; None where forward is not known."""
    if signature.expected_input is None or signature.forward_types is None:
        return None
    only = signature.forward_types[0].name if len(signature.forward_types) == 1 else None
    alone = {only} if only is not None and not only.startswith("Tuple[") else set()
    return frozenset({signature.expected_input, *alone})


def result_fix(signature: HookSignature) -> Fix | None:
    """Return the fix that annotates a hook with what it returns; None where that is not known or allowed."""
    if signature.has_type_comments:
        return None
    returned = body_type(signature.function, signature.scope, signature.project).name
    if returned is None or returned == signature.returns.type.name:
        return None
    if signature.outcome.registration.is_pre and returned != "NoneType":
        allowed = allowed_results(signature)
        if allowed is None or returned not in allowed:
            return None
    written = signature.spelled(returned)
    edit = _edit(signature, written.text) if written is not None else None
    return Fix(True, (edit, *written.edits)) if written is not None and edit is not None else None


def _edit(signature: HookSignature, text: str) -> Edit | None:
    """Return the edit that writes an annotation in the place of another, or behind an easily read `def`."""
    file, written = signature.scope.file, signature.function.returns
    if written is not None:
        return Edit(file.path, *file.location(written.at), text)
    last = signature.parameters[-1]
    if last.default is not None:
        return None
    end = last.at if last.annotation is None else last.annotation.at
    _, _, line, column = file.location(end)
    match = _COLON.match(file.line_text(line), column - 1)
    if match is None:
        return None
    column = match.end("end") + 1
    return Edit(file.path, line, column, line, column, f" -> {text}")
