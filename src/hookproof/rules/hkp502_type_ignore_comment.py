"""HKP502 type-ignore-comment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookproof.finding import Edit, Finding, Fix, Prediction
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES, Rule
from hookproof.rules.signature import compiled_function
from hookproof.semantic.location import Location
from hookproof.worlds.outcome import Outcome

# The two expressions of torch.jit.annotations.get_type_line, on 2.13.0.
_ACCEPTED = re.compile(r"# type: ignore(\[[a-zA-Z-]+\])?$")
_TYPE_COMMENT = "# type:"
_CODES = re.compile(r"#\s*type:\s*ignore\s*(\[[^]]*\])?\s*#?\s*(?P<why>.*?)\s*$")
_ROOM = 42


class TypeIgnoreComment(Rule):
    """A `# type: ignore` comment that torch takes for a type comment.

    ## What it does
    Finds `# type: ignore[a, b]` and `# type: ignore  # why` inside a compiled hook.

    ## Why it breaks
    Torch reads signatures from `# type:` comments. It leaves out `# type: ignore` and `# type: ignore[code]`
    with one code and nothing behind; anything else it tries to parse as a signature.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def double(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output * 2  # type: ignore[operator, no-any-return]


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def double(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output * 2  # type: ignore


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: expected type comment but found 'ident' here`, at `torch.jit.script`.
    """

    code = "HKP502"
    name = "type-ignore-comment"
    summary = "A `# type: ignore` comment that torch takes for a type comment"
    fixable = "sometimes"
    worlds = frozenset({"compiled"})
    asks = "body"
    experiment = ReducedHook(is_comment=True)
    prediction = Prediction("RuntimeError", r"expected type comment but found|Return type line .* not found")
    stage = STAGES["source"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield a finding at each such comment."""
        signature = compiled_function(outcome)
        if signature is None:
            return
        for comment in signature.function.type_ignores:
            if _TYPE_COMMENT in comment.text and not _ACCEPTED.search(comment.text):
                message = (
                    f"torch reads `{_comment(comment.text)}` as a type comment; "
                    "write `# type: ignore` and nothing behind it"
                )
                location = Location(signature.scope.file, comment.at)
                yield self.finding(outcome, location, message, fix=_without_codes(location, comment.text))


def _without_codes(location: Location, comment: str) -> Fix | None:
    """Return the fix that leaves the codes of a comment out, and puts a reason on a line of its own."""
    found = _CODES.search(comment)
    line, column, _, _ = location.range
    before = location.file.line_text(line)[: column - 1]
    if found is None or (found["why"] and ('"""' in before or "'''" in before)):
        return None
    start, end = column + found.start(), column + len(comment)
    edit = Edit(location.path, line, start, line, end, "# type: ignore")
    if not found["why"]:
        return Fix(True, (edit,))
    if line > 1 and location.file.line_text(line - 1).endswith("\\"):
        return None
    indent = before[: len(before) - len(before.lstrip())]
    return Fix(True, (Edit(location.path, line, 1, line, 1, f"{indent}# {found['why']}\n"), edit))


def _comment(text: str) -> str:
    """Return a comment no longer than a message has room for."""
    comment = " ".join(text.split())
    return comment if len(comment) <= _ROOM else f"{comment[: _ROOM - 1]}…"
