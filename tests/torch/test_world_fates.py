"""The fates in the data of a world are those that torch gives: each is asked of it."""

from __future__ import annotations

import contextlib
import copy
import io
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from hookproof.worlds import registry
from hookproof.worlds.world import HookKind

INPUT = (torch.ones(2, 4, requires_grad=True),)
CALLS: list[str] = []


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight


def doubles(module: Net, inputs: tuple[Tensor], output: Tensor) -> Tensor:
    return output * 2


def doubles_first(module: Net, inputs: tuple[Tensor]) -> tuple[Tensor]:
    return (inputs[0] * 2,)


def counts(*_: Any) -> None:
    CALLS.append("called")


def loaded(scripted: Any) -> Any:
    file = io.BytesIO()
    torch.jit.save(scripted, file)
    file.seek(0)
    return torch.jit.load(file)


def written_as_onnx(module: nn.Module) -> nn.Module:
    """Write a file, and return what computes as much; hooks have run where a package of ONNX is missing."""
    with contextlib.suppress(torch.onnx.OnnxExporterError):
        torch.onnx.export(module, INPUT, io.BytesIO(), dynamo=False)
    return Net()


ENTER: dict[str, Callable[[nn.Module], Any]] = {
    "script": torch.jit.script,
    "trace": lambda module: torch.jit.trace(module, INPUT),
    "freeze": lambda module: torch.jit.freeze(torch.jit.script(module.eval())),
    "load": lambda module: loaded(torch.jit.script(module)),
    "export": lambda module: torch.export.export(module, INPUT),
    "onnx": written_as_onnx,
    "fx": torch.fx.symbolic_trace,
    "copy": copy.deepcopy,
    "pickle": lambda module: pickle.loads(pickle.dumps(module)),
    "eager": lambda module: module,
    "compile": lambda module: torch.compile(module, backend="eager"),
}
APIS: dict[HookKind, str] = {
    "forward": "register_forward_hook",
    "forward-pre": "register_forward_pre_hook",
    "backward": "register_full_backward_hook",
    "backward-pre": "register_full_backward_pre_hook",
    "state-dict": "register_state_dict_post_hook",
    "parameter": "register_hook",
    "global forward": "register_module_forward_hook",
}


def hook_for(world: str, kind: HookKind) -> Callable[..., Any]:
    """Return a hook that tells of itself: one that is compiled cannot count."""
    is_python = world in {"trace", "export", "onnx", "fx", "copy", "pickle", "compile"}
    if is_python or kind not in {"forward", "forward-pre"}:
        return counts
    return doubles if kind == "forward" else doubles_first


def use(module: Any, kind: HookKind) -> Tensor:
    module = module.module() if isinstance(module, torch.export.ExportedProgram) else module
    if kind == "state-dict":
        module.state_dict()
        return torch.zeros(1)
    result = module(*INPUT)
    if result.requires_grad:
        result.sum().backward()
    assert isinstance(result, Tensor)
    return result


def put(module: Any, register: str, hook: Callable[..., Any]) -> Any:
    """Register a hook on a module, on its parameter, or on all modules."""
    if register == "register_hook":
        return module.weight.register_hook(hook)
    where = nn.modules.module if register.startswith("register_module") else module
    return getattr(where, register)(hook)


def fate(world: str, kind: HookKind, moment: str) -> str:
    """Return what torch makes of one hook."""
    CALLS.clear()
    module, register, hook = Net(), APIS[kind], hook_for(world, kind)
    plain = use(Net(), kind)
    handle = None
    try:
        if moment == "before":
            handle = put(module, register, hook)
        result = ENTER[world](module)
        if moment != "before":
            handle = put(module if moment == "after" else result, register, hook)
        while_entering = len(CALLS)
        used = use(result, kind)
    except Exception:
        return "refused"
    finally:
        if handle is not None:
            handle.remove()
    if len(CALLS) > while_entering:
        return "kept"
    if while_entering:
        return "runs once"
    if not torch.equal(used, plain):
        return "compiled"
    return "not called" if moment == "after" else "dropped"


def told() -> Iterator[tuple[str, HookKind, str, str]]:
    for world in registry.worlds():
        for kind in APIS:
            found = world.fates.get(kind)
            for moment in ("before", "after", "on_result") if found is not None else ():
                said = getattr(found, moment)
                if said != "unknown":
                    yield world.name, kind, moment, said


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("world", "kind", "moment", "said"), list(told()))
def test_torch_gives_a_hook_the_fate_that_the_world_says(
    world: str, kind: HookKind, moment: str, said: str
) -> None:
    assert fate(world, kind, moment) == said


def test_every_world_is_asked() -> None:
    assert set(ENTER) == {world.name for world in registry.worlds()}
