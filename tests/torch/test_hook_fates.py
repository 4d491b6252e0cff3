"""What `hookproof hooks` says of a hook in each world, against what torch does when the model moves there."""

from __future__ import annotations

import copy
import importlib.util
import io
import itertools
import pickle
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

import pytest
import torch
from onnx.reference import ReferenceEvaluator

from hookproof.report import HookSite
from hookproof.session.pipeline import inventory
from hookproof.settings import Settings
from hookproof.verify.target.outcome import in_fork

HEAD = """\
import torch
from torch import nn

torch.manual_seed(0)
log = []


def doubles(module, args: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output * 2


def doubles_untyped(module, args, output):
    return output * 2


def counts(module, args, output):
    log.append(1)


def branches(module, args, output):
    if output.abs().sum() > 0:
        log.append(1)


def says(module, args: tuple[torch.Tensor], output: torch.Tensor) -> None:
    print("called")


def clamps(module, args):
    return (args[0].clamp(-0.1, 0.1),)


def counts_first(module, args):
    log.append(1)


def scales(module, grad_input, grad_output):
    return tuple(None if grad is None else grad * 3 for grad in grad_input)


def names_keys(module, state_dict, prefix, local_metadata):
    state_dict[prefix + "extra"] = torch.zeros(1)


class Keeper:
    def __init__(self):
        self.kept = []

    def __call__(self, module, args, output):
        self.kept.append(output.sum().item())
        log.append(1)


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        return self.linear(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def forward(self, x):
        return self.inner(x).sigmoid()

"""
REGISTRATIONS = (
    "register_forward_hook(doubles)",
    "register_forward_hook(doubles_untyped)",
    "register_forward_hook(counts)",
    "register_forward_hook(branches)",
    "register_forward_hook(says)",
    "register_forward_hook(Keeper())",
    "register_forward_hook(lambda module, args, output: output + 1)",
    "register_forward_pre_hook(clamps)",
    "register_forward_pre_hook(counts_first)",
    "register_full_backward_hook(scales)",
    "register_state_dict_post_hook(names_keys)",
)
PLACES = ("", ".inner", ".inner.linear")


class Seen(NamedTuple):
    """What a model did when it was called twice: outputs, gradients, what hooks left, keys of its state."""

    outputs: list[list[float]]
    gradients: list[list[float]]
    left: int
    said: str
    keys: frozenset[str]


def export(model: Any) -> Any:
    return torch.export.export(model, (torch.ones(2, 3),), strict=False).module()


def saved(model: Any) -> Any:
    return pickle.loads(pickle.dumps(model))


def compiled(model: Any) -> Any:
    torch._dynamo.reset()
    return torch.compile(model, backend="eager")


def loaded(model: Any) -> Any:
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(model), file)
    file.seek(0)
    return torch.jit.load(file)


class Onnx:
    """A model that was exported to ONNX, run by the reference evaluator; it has no gradients."""

    def __init__(self, model: Any) -> None:
        program = torch.onnx.export(model, (torch.ones(2, 3),), dynamo=True, verbose=False)
        assert program is not None
        self.evaluator = ReferenceEvaluator(program.model_proto)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        (output,) = self.evaluator.run(None, {self.evaluator.input_names[0]: x.detach().numpy()})
        return torch.from_numpy(output)


WORLDS: dict[str, Callable[[Any], Any]] = {
    "script": torch.jit.script,
    "trace": lambda model: torch.jit.trace(model, (torch.ones(2, 3),)),
    "freeze": lambda model: torch.jit.freeze(torch.jit.script(model.eval())),
    "load": loaded,
    "compile": compiled,
    "copy": copy.deepcopy,
    "pickle": saved,
    "export": export,
    "fx": torch.fx.symbolic_trace,
    "onnx": Onnx,
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ModuleType, list[HookSite]]]:
    """Return a program with a model for each way to hook one, and what the inventory says of its hooks."""
    ways = itertools.product(REGISTRATIONS, PLACES)
    lines = [f"net{number} = Net()\nnet{number}{place}.{call}\n" for number, (call, place) in enumerate(ways)]
    path = tmp_path_factory.mktemp("fates") / "hooked_nets.py"
    path.write_text(HEAD + "".join(lines))
    spec = importlib.util.spec_from_file_location("hooked_nets", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hooked_nets"] = module  # pickles name it
    spec.loader.exec_module(module)
    sites = inventory([str(path)], Settings()).hooks
    assert len(sites) == len(lines)
    yield module, list(sites)
    del sys.modules["hooked_nets"]


def see(model: Any, module: ModuleType, capsys: pytest.CaptureFixture[str]) -> Seen:
    """Call a model twice, and return all that can be observed of it."""
    module.log.clear()
    capsys.readouterr()
    outputs, gradients = [], []
    for number in (1, 2):
        x = torch.full((2, 3), 0.25 * number, requires_grad=True)
        output = model(x)
        if output.requires_grad:
            output.sum().backward()
        outputs.append(output.detach().flatten().tolist())
        gradients.append([] if x.grad is None else x.grad.flatten().tolist())
    state = model.state_dict() if isinstance(model, torch.nn.Module) else {}
    keys = frozenset(key.rpartition(".")[2] for key in state)
    return Seen(outputs, gradients, len(module.log), capsys.readouterr().out, keys)


def is_the_same(world: str, model: Any, module: ModuleType, capsys: pytest.CaptureFixture[str]) -> bool:
    """Tell whether a model does in a world what it does in eager mode; what raises there does not."""
    model.eval()
    eager = see(model, module, capsys)
    try:
        moved = see(WORLDS[world](model), module, capsys)
    except Exception:
        return False
    if "extra" not in eager.keys:
        moved = moved._replace(keys=eager.keys)  # a graph has names of its own
    if world == "onnx":
        moved = moved._replace(gradients=eager.gradients)  # it has none
    pairs = zip(eager.outputs + eager.gradients, moved.outputs + moved.gradients, strict=True)
    near = all(torch.allclose(torch.tensor(one), torch.tensor(other), atol=1e-5) for one, other in pairs)
    return near and eager[2:] == moved[2:]


def is_asked(world: str, call: str, place: str) -> bool:
    """Tell whether to ask torch: ONNX takes long, and has neither gradients nor a state."""
    return world != "onnx" or (place == ".inner" and call.startswith("register_forward"))


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.filterwarnings("ignore")
def test_the_fates_in_a_world_are_those_that_torch_gives(
    world: str, program: tuple[ModuleType, list[HookSite]], capsys: pytest.CaptureFixture[str]
) -> None:
    module, sites = program
    asked = [
        (number, way, fate)
        for number, (site, way) in enumerate(
            zip(sites, itertools.product(REGISTRATIONS, PLACES), strict=True)
        )
        for fate in site.fates
        if fate.world == world and is_asked(world, *way)
    ]
    told = [each for each in asked if each[2].fate not in {"depends", "unknown"}]

    def ask() -> dict[str, list[bool]]:
        models = (getattr(module, f"net{number}") for number, _, _ in told)
        return {"same": [is_the_same(world, model, module, capsys) for model in models]}

    # In a process of its own: compiling leaves other functions in the place of torch's.
    same = in_fork(ask)["same"]
    wrong = [
        f"net{place}.{call}: {fate}"
        for (_, (call, place), fate), is_same in zip(told, same, strict=True)
        if is_same != (fate.fate == "survives")
    ]
    assert not wrong, "\n".join(wrong)
    assert len(told) >= 0.7 * len(asked)
