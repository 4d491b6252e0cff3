"""HKP416 super-of-script-module."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.rules.use_rule import ScriptModuleUseRule
from hookproof.worlds.outcome import Outcome


class SuperOfScriptModule(ScriptModuleUseRule):
    """A Python hook calls `super` with a ScriptModule and its Python class.

    ## What it does
    Finds `super(Net, m)` in a Python hook, with a module class of the project or of `torch.nn`.

    ## Why it breaks
    A ScriptModule is a new object of another class, whatever it was made from. It is no instance of `Net`,
    which `super` asks for before anything is looked up.

    ## Example
    ```python
    import torch
    from torch import Tensor, nn


    class Base(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    class Net(Base):
        pass


    def hook(m, input, output):
        print(super(Net, m).forward(output))


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## Use instead
    Call the function of the class itself: Python does not ask what its `self` is.

    ```python
    import torch
    from torch import Tensor, nn


    class Base(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    class Net(Base):
        pass


    def hook(m, input, output):
        print(Base.forward(m, output))


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## What torch says
    `TypeError: super(type, obj): obj must be an instance or subtype of type`, when the hook runs.
    """

    code = "HKP416"
    name = "super-of-script-module"
    summary = "A Python hook calls `super` with a ScriptModule, which is no instance of the class"
    worlds = frozenset({"traced", "script-module"})
    prediction = Prediction(
        "TypeError", r"obj must be an instance or subtype of type|obj \(instance of \w+\)"
    )

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        if use.operation != "super" or use.target is None:
            return
        if use.owner is not None and use.owner.is_a(use.target) is False:
            return
        name = use.target.rpartition(".")[2]
        yield self.finding(
            outcome,
            use.location,
            f"`{use.receiver}` is a ScriptModule here and no instance of `{name}`, so `super` raises",
            attribute=use.receiver,
            expression=use.text,
        )
