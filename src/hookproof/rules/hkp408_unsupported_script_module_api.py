"""HKP408 unsupported-script-module-api."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.modules.module_class import MODULE
from hookproof.rules.use_rule import (
    ScriptModuleUseRule,
    defined,
    fact_of,
    is_written,
    module_entry,
    world_of,
)
from hookproof.worlds.outcome import Outcome


class UnsupportedScriptModuleApi(ScriptModuleUseRule):
    """A Python hook calls what ScriptModules refuse.

    ## What it does
    Finds calls of `requires_grad_`, `get_submodule`, `get_parameter`, `register_buffer`,
    `register_forward_hook`, `compile` and the other methods of `nn.Module` that a ScriptModule does not
    support, `del m.x`, and `vars(m)["x"]` or `m.__dict__["x"]` of an attribute that the module sets. Which
    methods these are comes from torch itself.

    ## Why it breaks
    A ScriptModule has the methods of `nn.Module`, but those that need a Python module behind it raise. Its
    attributes are kept in C++, not in `__dict__`.

    ## Example
    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        print(m.get_submodule("fc"))


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## Use instead
    Use the attribute itself.

    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        print(m.fc)


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## What torch says
    `RuntimeError: get_submodule is not supported on ScriptModules`, `Can't add a new parameter after
    ScriptModule construction`, when the hook runs. `del m.x` is `RuntimeError: cannot delete methods or
    parameters of a script module`, or `AttributeError` for an attribute that is none of these.
    """

    code = "HKP408"
    name = "unsupported-script-module-api"
    summary = "A Python hook calls a method that ScriptModules refuse"
    worlds = frozenset({"traced", "script-module"})
    prediction = Prediction(
        "Exception",
        r"is not supported on ScriptModules|Can't add a new parameter|Cannot re-assign modules"
        r"|cannot assign \w+ before|cannot delete methods or parameters|should never be called",
    )

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        if use.name is None or is_written(outcome, use):
            return
        if use.kind == "delete" and use.operation in {"attribute", "delattr"}:
            fact = fact_of(use)
            if fact is not None and fact.kind not in {"late value", "unknown"} and not fact.is_conditional:
                yield self._deleted(outcome, use)
            return
        if use.operation == "namespace item":
            yield from self._namespace_item(outcome, use)
            return
        if use.kind != "call" or use.operation != "attribute":
            return
        entry = module_entry(outcome, use, world_of(outcome, use), "call")
        if entry is None or entry.status != "raises" or "has no attribute" in (entry.message or ""):
            return
        yield self._found(outcome, use, f"`{use.text}(...)` is refused by ScriptModules")

    def _deleted(self, outcome: Outcome, use: Use) -> Finding:
        # Parameters, buffers and children cannot be deleted; all else it says it does not have.
        return self.finding(
            outcome,
            use.location,
            f"`del {use.text}` is not possible on a ScriptModule",
            attribute=use.text,
            prediction=Prediction(
                "Exception", rf"cannot delete methods or parameters|no attribute '{use.name}'|^{use.name}$"
            ),
            expression=use.text,
        )

    def _namespace_item(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        fact = fact_of(use)
        if fact is None or fact.kind != "value" or fact.owner == MODULE or fact.is_conditional:
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` raises: a ScriptModule keeps its attributes elsewhere than in `__dict__`",
            attribute=use.text,
            evidence=defined(use),
            prediction=Prediction("KeyError", re.escape(repr(use.name))),
            expression=use.text,
        )

    def _found(self, outcome: Outcome, use: Use, message: str) -> Finding:
        named = self.prediction.message.replace("is not", rf"\b{use.name} is not", 1)
        predicted = Prediction(self.prediction.exception, named)
        return self.finding(
            outcome, use.location, message, attribute=use.text, prediction=predicted, expression=use.text
        )
