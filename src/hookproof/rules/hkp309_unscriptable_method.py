"""HKP309 unscriptable-method."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from hookproof.evaluator.use import Use
from hookproof.finding import Evidence, Finding, Prediction
from hookproof.interpreter.values import Hook
from hookproof.modules.module_class import AttributeFact
from hookproof.rules.compiled_body import always_runs, visit_body
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.hkp301_missing_attribute import MissingAttribute
from hookproof.rules.hkp302_unscriptable_attribute import UnscriptableAttribute
from hookproof.rules.hkp303_new_attribute import NewAttribute
from hookproof.rules.hkp304_attribute_type_changed import AttributeTypeChanged
from hookproof.rules.hkp305_module_class_access import ModuleClassAccess
from hookproof.rules.hkp306_dynamic_attribute import DynamicAttribute
from hookproof.rules.hkp307_unscriptable_module_api import UnscriptableModuleApi
from hookproof.rules.hkp308_method_attribute import MethodAttribute
from hookproof.rules.hkp310_variable_index import VariableIndex
from hookproof.rules.hkp311_module_passed_to_function import ModulePassedToFunction
from hookproof.rules.hkp314_optional_attribute import OptionalAttribute
from hookproof.rules.refused_functions import Refusals, Refused, refused_call
from hookproof.rules.use_rule import METHOD_KINDS, CompiledUseRule, compiled_uses, fact_of
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.semantic.expressions import is_super
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome


class UnscriptableMethod(CompiledUseRule):
    """A compiled hook calls a method that does not compile.

    ## What it does
    Finds calls of the module's own methods, and reads of its properties, that do not compile:

    - those marked `@torch.jit.unused`;
    - those whose body holds something that TorchScript cannot parse: `try`, `yield`, `lambda`, an inner
      function, a set, a conversion in an f-string and whatever else HKP501 finds in a hook, in whatever
      branch it stands;
    - those with a parameter without annotation whose default, or what the hook gives for it, is no Tensor;
    - those with `*args`, and those that call functions of the project that do not compile (HKP503);
    - those that call `super()`;
    - those that do to `self` what the other rules of this family find in a hook: read an attribute that has
      no TorchScript type, set one that is new, ask for the class, or call a method that does.

    ## Why it breaks
    A method that a compiled hook calls is compiled too, even if `forward` never uses it. An unused one
    compiles to code that raises.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def describe(self) -> str:
            try:
                return str(self.fc.in_features)
            except AttributeError:
                return "?"

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print(m.describe())


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## Use instead
    Write the method in TorchScript's subset, or leave it in Python with `@torch.jit.ignore`.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        @torch.jit.ignore
        def describe(self) -> str:
            try:
                return str(self.fc.in_features)
            except AttributeError:
                return "?"

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print(m.describe())


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## What torch says
    That of the construct, `UnsupportedNodeError: try blocks aren't supported`, while scripting; for an
    unused method an error when it runs. Of an attribute, `RuntimeError: Module 'Net' has no attribute
    'cache'`, for the line in the method.
    """

    code = "HKP309"
    name = "unscriptable-method"
    summary = "A compiled hook calls a method of its module that does not compile"
    experiment = ReducedHook(is_at_line=True, ends_in_callee=True)
    prediction = Prediction(
        "Exception",
        r"aren't supported|Don't support|can't take variable number of arguments"
        r"|marked as ignored on export|unused|annotated to be ignored and cannot be run",
    )

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        fact = fact_of(use)
        if (
            use.kind not in {"call", "read"}
            or use.operation != "attribute"
            or fact is None
            or fact.function is None
        ):
            return
        if fact.kind not in {*METHOD_KINDS, "property"} or fact.jit == "ignore":
            return
        if fact.kind == "property" and fact.jit == "unused":
            return
        predicted: Prediction | None = None
        steps: tuple[Evidence, ...] = ()
        if fact.jit == "unused":
            function = outcome.hook.function if outcome.hook is not None else None
            if use.kind != "call" or function is None or use.call is None or not outcome.is_called:
                return
            if not always_runs(function.body, use.call):
                return
            why = "is `@torch.jit.unused`: it raises when compiled code calls it"
        elif (cause := _cause(outcome, use, _Search(outcome.project))) is not None:
            why = f"cannot be compiled: {cause.what}"
            predicted = cause.prediction
            steps = cause.steps
        elif (refused := _refused_call(use, fact)) is not None:
            why = f"{refused.says(fact.function)}{refused.refusal.remedy}"
            predicted = refused.refusal.prediction
        else:
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` {why}",
            attribute=use.text,
            evidence=(fact.function.location.evidence("defined here"), *steps),
            expression=use.text,
            prediction=predicted,
        )


class _Search:
    """What has been looked at with nothing against it, each once however often it is used.

    `methods` are they with all that they use, by class; `refusals` knows those with what they call only.
    """

    def __init__(self, project: Project) -> None:
        self.methods: set[tuple[Location, str]] = set()
        self.refusals = Refusals(project)


class _Cause(Struct, frozen=True):
    """Why a method does not compile, with the place within it where that is known."""

    what: str
    prediction: Prediction | None
    steps: tuple[Evidence, ...] = ()


_SUPER = _Cause(
    "`super()` in its body", Prediction("RuntimeError", "'Tensor' object has no attribute or method")
)
_RULES = (
    MissingAttribute(),
    UnscriptableAttribute(),
    NewAttribute(),
    AttributeTypeChanged(),
    ModuleClassAccess(),
    DynamicAttribute(),
    UnscriptableModuleApi(),
    MethodAttribute(),
    VariableIndex(),
    ModulePassedToFunction(),
    OptionalAttribute(),
)


def _cause(outcome: Outcome, use: Use, search: _Search) -> _Cause | None:
    """Return why a method that is used does not compile, None where nothing is known against it."""
    fact = fact_of(use)
    if fact is None or fact.function is None or fact.jit in {"ignore", "unused"}:
        return None
    owner = use.owner.qualname if use.owner is not None else ""
    key = (fact.function.location, owner)
    if key in search.methods:
        return None
    search.methods.add(key)
    function = fact.function.function
    refused = search.refusals.within(fact.function, use.owner)
    if refused is not None:
        return _Cause(refused.words(fact.function), refused.refusal.prediction)
    if any(seen.certain and _is_super(seen.node) for seen in visit_body(function)):
        return _SUPER
    if fact.kind not in {"method", "property"} or not function.parameters:
        return None
    return _cause_within(outcome, use, fact.function, search)


def _cause_within(outcome: Outcome, use: Use, method: FunctionDefinition, search: _Search) -> _Cause | None:
    """Return the first thing that a method does to `self` as no compiled hook may to its module."""
    hook = Hook("function", method.location, method.function, method.scope, module_index=0)
    inner = replace(outcome, hook=hook, module_class=use.owner, siblings=())
    for found in compiled_uses(inner):
        for rule in _RULES:
            for finding in rule.judge(inner, found):
                if finding.confidence != outcome.confidence:
                    continue
                step = Evidence(finding.path, finding.line, finding.message)
                what = f"`{found.text}` in it cannot ({finding.code})"
                return _Cause(what, finding.prediction, (step, *finding.evidence[:1]))
        if found.kind in {"call", "read"} and found.operation == "attribute":
            cause = _cause(inner, found, search)
            if cause is not None:
                return replace(cause, steps=(found.location.evidence(f"uses `{found.text}`"), *cause.steps))
    return None


def _refused_call(use: Use, fact: AttributeFact) -> Refused | None:
    """Return why torch refuses a call of a method for what it is given."""
    if use.call is None or fact.function is None or not isinstance(use.call.func, ir.Attribute):
        return None
    before = () if fact.kind == "static method" else (use.call.func.value,)
    return refused_call(fact.function, use.call, *before)


def _is_super(node: object) -> bool:
    return isinstance(node, ir.Call) and is_super(node) and not node.args
