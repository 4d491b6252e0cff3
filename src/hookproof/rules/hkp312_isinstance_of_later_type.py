"""HKP312 isinstance-of-later-type."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.use_rule import CompiledUseRule
from hookproof.semantic.effects import decides_nothing
from hookproof.worlds.outcome import Outcome


class IsinstanceOfLaterType(CompiledUseRule):
    """A compiled hook tests its module for a class whose name another TorchScript type has.

    ## What it does
    Finds `isinstance(m, Net)` in a compiled hook where another `Net`, with other hooks or none, was
    compiled or traced before.

    ## Why it breaks
    TorchScript makes a type for each different `Net`: other hooks, other attributes, other constants. Only
    the first one made in the process is `Net` to compiled code; for all others the test is silently false.

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


    def hook(m, input: tuple[Tensor], output: Tensor) -> Tensor:
        if isinstance(m, Net):
            return output + 1
        return output


    x = torch.ones(1, 2)
    torch.jit.script(Net())
    model = Net()
    model.register_forward_hook(hook)
    eager = model(x)
    scripted = torch.jit.script(model)(x)
    ```

    ## Use instead
    Register the hook on the modules it is meant for, and leave out the test.

    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: tuple[Tensor], output: Tensor) -> Tensor:
        return output + 1


    x = torch.ones(1, 2)
    torch.jit.script(Net())
    model = Net()
    model.register_forward_hook(hook)
    eager = model(x)
    scripted = torch.jit.script(model)(x)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP312"
    name = "isinstance-of-later-type"
    summary = "A compiled hook tests its module for a class whose name another TorchScript type has"
    severity = "warning"
    outcome = "silent"
    experiment = ReducedHook(is_at_line=True, observes="later type")

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        cls, first = outcome.module_class, outcome.first_type
        if use.operation != "isinstance" or use.path or cls is None or first is None:
            return
        if use.target != cls.qualname:
            return
        if use.node is not None and decides_nothing(use.node, use.scope.functions[-1]):
            return
        name = cls.qualname.rpartition(".")[2]
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` is false here: compiled code knows only the first `{name}` type by that name",
            attribute=use.receiver,
            evidence=(first.evidence(f"the first `{name}`, without this hook, is compiled here"),),
            expression=use.text,
        )
