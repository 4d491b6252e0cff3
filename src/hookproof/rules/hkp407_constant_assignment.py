"""HKP407 constant-assignment."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.touch import Touch
from hookproof.facts.types import TorchType
from hookproof.finding import Finding, Prediction
from hookproof.modules.module_class import AttributeFact
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.touch_rule import STATE_KINDS, ScriptModuleTouchRule, defined, fact_of, is_traced
from hookproof.semantic.bindings import function_bindings
from hookproof.syntax import ir
from hookproof.torch_types.operations import operation_type
from hookproof.worlds.case import Case

# What a Python value of one type is converted to. Measured: Python converts numbers upward, never downward.
_CONVERTED = {
    "int": frozenset({"int", "bool"}),
    "float": frozenset({"float", "int", "bool"}),
    "bool": frozenset({"bool", "int", "float"}),
    "str": frozenset({"str"}),
    "Tensor": frozenset({"Tensor"}),
    "NoneType": frozenset({"NoneType"}),
}


class ConstantAssignment(ScriptModuleTouchRule):
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

    def judge(self, case: Case, touch: Touch) -> Iterator[Finding]:
        """Yield a finding if this touch goes wrong for this rule's reason."""
        if (
            touch.use != "write"
            or touch.operation not in {"attribute", "setattr"}
            or touch.name is None
            or case.is_frozen
        ):
            return
        fact = fact_of(touch)
        why = _of_value(case, touch) or (None if fact is None else _of_kind(case, touch, fact))
        if why is None:
            return
        yield self.finding(
            case,
            touch.place,
            f"`{touch.text}` {why}",
            attribute=touch.text,
            evidence=defined(touch),
            expression=touch.text,
        )


def _of_value(case: Case, touch: Touch) -> str | None:
    """Return why a ScriptModule never takes such a value."""
    if touch.target is None or touch.is_augmented:
        return None
    if case.project.facts.nn_class(touch.target) is not None:
        return "cannot become an eager module on a ScriptModule"
    fact = fact_of(touch)
    is_parameter = touch.target in {"torch.nn.Parameter", "torch.nn.parameter.Parameter"}
    if is_parameter and touch.owner is not None and touch.owner.is_complete and fact is None:
        return "cannot be added: a ScriptModule takes no new parameters"
    return None


def _of_kind(case: Case, touch: Touch, fact: AttributeFact) -> str | None:
    """Return why this attribute does not take the value."""
    found = touch.value_type
    if _is_output(case, touch):
        found = case.module_class.forward.returns if case.module_class and case.module_class.forward else None
    if fact.kind == "submodule":
        return (
            "is a submodule and cannot be replaced" if found is not None and found.name is not None else None
        )
    if is_traced(case) and fact.kind not in STATE_KINDS:
        return None
    if fact.kind == "constant":
        return "is a constant of the ScriptModule and cannot be set"
    if found is None or fact.kind not in {"value", "buffer", "parameter"} or fact.is_compiled is not True:
        return None
    expected = "Tensor" if fact.kind in {"buffer", "parameter"} else fact.type.name
    if touch.operator and expected is not None:
        found = operation_type(touch.operator, [TorchType(expected, None, True), found])
    accepted = _CONVERTED.get(expected or "")
    if accepted is None or found.name not in _CONVERTED or found.name in accepted:
        return None
    return f"is `{expected}` on the ScriptModule and cannot become `{found.name}`"


def _is_output(case: Case, touch: Touch) -> bool:
    """Tell whether the value is the hook's `output`, which is what forward returns, annotated or not."""
    hook = case.hook
    if hook is None or hook.function is None or hook.module_index is None or touch.helpers:
        return False
    position = hook.module_index + 2
    if case.registration.is_pre or "with_kwargs" in case.registration.options:
        return False
    if not isinstance(touch.value, ir.Name) or touch.operator:
        return False
    if len(hook.function.parameters) <= position:
        return False
    name = hook.function.parameters[position].name
    return touch.value.id == name and len(function_bindings(hook.function)[name]) == 1
