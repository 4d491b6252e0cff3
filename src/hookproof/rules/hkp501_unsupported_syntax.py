"""HKP501 unsupported-syntax."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.compiled_body import Visited, visit_body
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.frontend_syntax import refused_by_compiler, refused_by_frontend
from hookproof.rules.rule import STAGES, Rule
from hookproof.rules.signature import compiled_function, def_location
from hookproof.semantic.location import Location
from hookproof.worlds.outcome import Outcome


class UnsupportedSyntax(Rule):
    """The hook's body uses Python that TorchScript does not have.

    ## What it does
    Finds statements, expressions and calls of Python's builtins in a compiled hook that TorchScript
    refuses: `try`, `with` on other than a few context managers, `yield`, lambdas, inner functions and
    classes, `global`, imports, sets, comprehensions with conditions, `**` in calls, conversions and formats
    in f-strings, `else` of loops, `open`, `time.time`, `logging.info`, `json.dumps`, `np.array` and others,
    and calls of what a Tensor has in Python only, such as `numpy` and `register_hook`.

    ## Why it breaks
    Torch parses the whole function before it compiles anything, so most of these fail even under
    `if not torch.jit.is_scripting()`.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def show(module, input: Tuple[Tensor], output: Tensor) -> None:
        print(f"mean {output.mean().item():.3f}")


    model = nn.Linear(2, 2)
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def show(module, input: Tuple[Tensor], output: Tensor) -> None:
        print("mean {:.3f}".format(output.mean().item()))


    model = nn.Linear(2, 2)
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `NotSupportedError: Don't support formatting in JoinedStr`, `UnsupportedNodeError: try blocks aren't
    supported`, and the like, at `torch.jit.script`.
    """

    code = "HKP501"
    name = "unsupported-syntax"
    summary = "The hook's body uses Python that TorchScript does not have"
    worlds = frozenset({"compiled"})
    asks = "body"
    experiment = ReducedHook(is_at_line=True)
    prediction = Prediction(
        "Exception",
        r"not supported(?! on ScriptModules)|n't support|can't start with|unsupported|"
        r"currently supported|incompatible constructor arguments|has no attribute '(lineno|range)'|"
        r"Unknown (Constant|builtin)|Cannot emit|must return an object|Expected a single top-level function|"
        r"doesn't accept any keyword|With item|variable number of arguments|nullcontext|"
        r"no attribute or method",
    )
    stage = STAGES["source"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield a finding at each piece of such syntax."""
        signature = compiled_function(outcome)
        if signature is None:
            return
        if signature.function.is_async:
            predicted = Prediction("RuntimeError", r"Expected a single top-level function")
            message = "`async def` cannot be compiled by TorchScript"
            yield self.finding(outcome, def_location(signature), message, prediction=predicted)
        for visit in visit_body(signature.function):
            refusal, stage = refused_by_frontend(visit), "source"
            if refusal is None and visit.certain and signature.hook.bound == 0:
                refusal, stage = refused_by_compiler(visit, signature.scope, signature.project), "body"
            if refusal is not None:
                location = Location(signature.scope.file, _at(visit))
                message = f"{refusal.what} cannot be compiled by TorchScript{refusal.remedy}"
                yield self.finding(
                    outcome,
                    location,
                    message,
                    prediction=refusal.prediction,
                    stage=STAGES[stage],
                    refused=refusal.refused,
                )


def _at(visit: Visited) -> int:
    """Return the number of the visited node, of what it stands in where it has none."""
    node = visit.node if hasattr(visit.node, "at") else visit.parent
    at = getattr(node, "at", None)
    assert isinstance(at, int), node
    return at
