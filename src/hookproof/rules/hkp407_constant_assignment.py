"""HKP407 constant-assignment."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.facts.types import TorchType
from hookproof.finding import Finding, Prediction
from hookproof.modules.module_class import AttributeFact
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.use_rule import STATE_KINDS, ScriptModuleUseRule, defined, fact_of, is_traced
from hookproof.semantic.bindings import function_bindings
from hookproof.syntax import ir
from hookproof.torch_types.operations import operation_type
from hookproof.worlds.outcome import Outcome

# What a Python value of one type is converted to. Measured: Python converts numbers upward, never downward.
_CONVERTED = {
    "int": frozenset({"int", "bool"}),
    "float": frozenset({"float", "int", "bool"}),
    "bool": frozenset({"bool", "int", "float"}),
    "str": frozenset({"str"}),
    "Tensor": frozenset({"Tensor"}),
    "NoneType": frozenset({"NoneType"}),
}


class ConstantAssignment(ScriptModuleUseRule):
    """A Python hook assigns what the ScriptModule's attribute cannot hold.

    ## What it does
    Finds assignments to constants (`Final`, `__constants__`, `in_features` of a layer), of values of
    another type and of eager modules, in a Python hook that receives a scripted module.

    ## Why it breaks
    The attributes of a ScriptModule live in TorchScript, with one type each. Assigning to one converts
    the value or raises; constants cannot be set at all.

    ## Example
    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.calls = 0

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        m.calls = 0.5


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## Use instead
    Assign values of the attribute's type.

    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.calls = 0.0

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        m.calls = 0.5


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## What torch says
    `RuntimeError: Could not cast attribute 'calls' to type int`, `Can't set constant 'in_features' which
    has value:2`, `Cannot re-assign modules in a ScriptModule with non-scripted module`, when the hook
    runs.
    """

    code = "HKP407"
    name = "constant-assignment"
    summary = "A Python hook assigns what the ScriptModule's attribute cannot hold"
    worlds = frozenset({"traced", "script-module"})
    experiment = ReducedHook(is_at_line=True, is_assignment=True)
    prediction = Prediction(
        "RuntimeError",
        r"Could not cast attribute|Can't set constant|Cannot re-assign modules|Can't add a new parameter",
    )

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        if (
            use.kind != "write"
            or use.operation not in {"attribute", "setattr"}
            or use.name is None
            # The parts of a frozen module are gone.
            or (outcome.is_frozen and use.path)
        ):
            return
        fact = fact_of(use)
        why = _of_value(outcome, use) or (None if fact is None else _of_kind(outcome, use, fact))
        if why is None:
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` {why}",
            attribute=use.text,
            evidence=defined(use),
            expression=use.text,
        )


def _of_value(outcome: Outcome, use: Use) -> str | None:
    """Return why a ScriptModule never takes such a value."""
    if use.target is None or use.is_augmented:
        return None
    if outcome.project.facts.nn_class(use.target) is not None:
        return "cannot become an eager module on a ScriptModule"
    fact = fact_of(use)
    is_parameter = use.target in {"torch.nn.Parameter", "torch.nn.parameter.Parameter"}
    if is_parameter and use.owner is not None and use.owner.is_complete and fact is None:
        return "cannot be added: a ScriptModule takes no new parameters"
    return None


def _of_kind(outcome: Outcome, use: Use, fact: AttributeFact) -> str | None:
    """Return why this attribute does not take the value."""
    if outcome.is_frozen:
        is_constant = outcome.was_scripted and fact.kind == "constant"
        return "is a constant of the frozen module and cannot be set" if is_constant else None
    found = use.value_type
    if _is_output(outcome, use):
        found = (
            outcome.module_class.forward.returns
            if outcome.module_class and outcome.module_class.forward
            else None
        )
    if fact.kind == "submodule":
        return (
            "is a submodule and cannot be replaced" if found is not None and found.name is not None else None
        )
    if is_traced(outcome) and fact.kind not in STATE_KINDS:
        return None
    if fact.kind == "constant":
        return "is a constant of the ScriptModule and cannot be set"
    if found is None or fact.kind not in {"value", "buffer", "parameter"} or fact.is_compiled is not True:
        return None
    expected = "Tensor" if fact.kind in {"buffer", "parameter"} else fact.type.name
    if use.operator and expected is not None:
        found = operation_type(use.operator, [TorchType(expected, None, True), found])
    accepted = _CONVERTED.get(expected or "")
    if accepted is None or found.name not in _CONVERTED or found.name in accepted:
        return None
    return f"is `{expected}` on the ScriptModule and cannot become `{found.name}`"


def _is_output(outcome: Outcome, use: Use) -> bool:
    """Return whether the value is the hook's `output`, which is what forward returns, annotated or not."""
    hook = outcome.hook
    if hook is None or hook.function is None or hook.module_index is None or use.helpers:
        return False
    position = hook.module_index + 2
    if outcome.registration.is_pre or "with_kwargs" in outcome.registration.options:
        return False
    if not isinstance(use.value, ir.Name) or use.operator:
        return False
    if len(hook.function.parameters) <= position:
        return False
    name = hook.function.parameters[position].name
    return use.value.id == name and len(function_bindings(hook.function)[name]) == 1
