"""HKP406 new-attribute-lost-on-save."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from hookproof.evaluator.use import Use
from hookproof.finding import Finding
from hookproof.interpreter.kept import readers_of
from hookproof.interpreter.sites import Registration
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.signature import children
from hookproof.rules.use_rule import (
    ScriptModuleUseRule,
    defined,
    fact_of,
    is_missing,
    is_traced,
    is_unscriptable,
    spans,
)
from hookproof.semantic.bindings import names_in
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of
from hookproof.syntax.source_file import SourceFile
from hookproof.worlds.outcome import Outcome

_SAVES = frozenset({"save", "save_to_buffer"})


class NewAttributeLostOnSave(ScriptModuleUseRule):
    """A Python hook sets an attribute on a ScriptModule that is then saved.

    ## What it does
    Finds assignments to attributes that a ScriptModule does not have, in a hook on a module that the same
    function saves.

    ## Why it breaks
    A ScriptModule accepts any new attribute, but keeps it in Python only. What is saved is the
    TorchScript part: after loading, the attribute is gone.

    ## Example
    ```python
    import io

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        m.calls = getattr(m, "calls", 0) + 1


    def calls_after_saving(model):
        model(torch.ones(1, 2))
        file = io.BytesIO()
        if isinstance(model, torch.jit.ScriptModule):
            torch.jit.save(model, file)
            file.seek(0)
            model = torch.jit.load(file)
        return getattr(model, "calls", "lost")


    def run_traced():
        traced = torch.jit.trace(Net(), torch.ones(1, 2))
        traced.register_forward_hook(hook)
        traced(torch.ones(1, 2))
        file = io.BytesIO()
        traced.save("/dev/null")
        torch.jit.save(traced, file)
        file.seek(0)
        return getattr(torch.jit.load(file), "calls", "lost")


    net = Net()
    net.register_forward_hook(hook)
    net(torch.ones(1, 2))
    eager = net.calls
    scripted = run_traced()
    ```

    ## Use instead
    Make a buffer of it.

    ```python
    import io

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.register_buffer("calls", torch.zeros(1))

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        m.calls += 1


    def run_traced():
        traced = torch.jit.trace(Net(), torch.ones(1, 2))
        traced.register_forward_hook(hook)
        traced(torch.ones(1, 2))
        file = io.BytesIO()
        torch.jit.save(traced, file)
        file.seek(0)
        return torch.jit.load(file).calls


    net = Net()
    net.register_forward_hook(hook)
    net(torch.ones(1, 2))
    eager = net.calls
    scripted = run_traced()
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP406"
    name = "new-attribute-lost-on-save"
    summary = "A Python hook sets an attribute on a ScriptModule that saving loses"
    severity = "warning"
    worlds = frozenset({"traced", "script-module"})
    outcome = "silent"
    experiment = ReducedHook(is_at_line=True, observes="saved attribute")

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        if use.kind != "write" or use.operation not in {"attribute", "setattr"} or use.helpers:
            return
        if use.name is None or use.owner is None or not use.owner.is_complete or not _is_saved(outcome):
            return
        if not _is_read(outcome, use.name):
            return
        fact = fact_of(use)
        is_new = fact is None or (is_traced(outcome) and fact.kind in {"value", "constant", "class value"})
        if is_new or is_unscriptable(outcome, use) or is_missing(outcome, use):
            found = self.finding(
                outcome,
                use.location,
                f"`{use.text}` is kept in Python only: it is gone once the ScriptModule is saved",
                attribute=use.text,
                evidence=defined(use),
                expression=use.text,
            )
            # Where it is saved elsewhere, it is not known whether that is later.
            is_sure = found.confidence != "certain" or _saves_beside(outcome.registration)
            yield found if is_sure else replace(found, confidence="likely")


def _is_read(outcome: Outcome, name: str) -> bool:
    """Return whether anything but the hook reads an attribute of that name."""
    if outcome.hook is None:
        return True
    files = (outcome.registration.location.file, outcome.hook.definition.file)
    own = frozenset({(outcome.hook.definition.path, outcome.hook.definition.at)})
    return readers_of(outcome.project, files).reads_attribute(name, own)


def _is_saved(outcome: Outcome) -> bool:
    """Return whether what registers the hook, or made the ScriptModule, also saves one."""
    if _saves_beside(outcome.registration):
        return True
    return outcome.entry is not None and _saves_around(outcome.entry.location)


def _saves_beside(registration: Registration) -> bool:
    """Return whether the function, or the file's own level, that registers a hook saves a ScriptModule."""
    if registration.function is not None:
        return not _SAVES.isdisjoint(names_in(registration.function))
    return _saves_around(registration.location)


def _saves_around(place: Location) -> bool:
    block = place.file.outline.blocks[block_of(place.at)]
    function = _function_around(place.file.block(block.index), place.at)
    if function is not None:
        return not _SAVES.isdisjoint(names_in(function))
    return any(_SAVES & set(names_in(found)) for found in _own_blocks(place.file))


def _function_around(nodes: Iterable[object], at: int) -> ir.Function | None:
    """Return the innermost function around a position."""
    for node in nodes:
        if spans(node, at):
            own = node if isinstance(node, ir.Function) else None
            return _function_around(children(node), at) or own
    return None


def _own_blocks(file: SourceFile) -> Iterator[tuple[ir.Stmt, ...]]:
    """Yield the statements that stand at the level of a file."""
    for block in file.outline.blocks:
        if block.kind == "code":
            yield file.block(block.index)
