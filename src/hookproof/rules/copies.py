"""Life cycles of hooks on models that are copied or pickled, as programs that show what happens."""

from __future__ import annotations

from hookproof.rules.life_cycles import LifeCycle

_KEEPING = """\
import copy


class Keeping(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.kept = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def make_model():
    return Keeping()
"""
WRITES_TO_ORIGINAL = LifeCycle(
    """\
model = make_model()
model.fc.register_forward_hook(lambda *_: model.kept.append(1))
model(*inputs)
eager = len(model.kept)
twin = copy.deepcopy(model)
twin.kept.clear()
twin(*inputs)
in_torchscript = len(twin.kept)
""",
    _KEEPING,
)
RECORDER_COPIED = LifeCycle(
    """\
import copy


class Recorder:
    def __init__(self):
        self.calls = 0

    def count(self, *_):
        self.calls += 1


recorder = Recorder()
model = make_model()
model.register_forward_hook(recorder.count)
model(*inputs)
eager = recorder.calls
copy.deepcopy(model)(*inputs)
in_torchscript = recorder.calls - eager
"""
)
KEPT_OUTPUT = LifeCycle(
    """\
import copy


def keep(module, input, output):
    module.output = output


model = make_model()
model.register_forward_hook(keep)
model(*inputs)
copy.deepcopy(model)
"""
)
UNPICKLABLE = LifeCycle(
    """\
import pickle


def watch(model):
    def count(*_):
        pass

    model.API(count)


model = make_model()
watch(model)
pickle.dumps(model)
"""
)
PARAMETER_HOOK_LEFT = LifeCycle(
    """\
import copy


def count(*_):
    calls.append(1)


def train(module):
    calls.clear()
    result = module(*inputs)
    while not isinstance(result, torch.Tensor):
        result = result[0]
    result.sum().backward()
    return len(calls)


calls = []
model = make_model()
for parameter in model.parameters():
    parameter.register_hook(count)
eager = train(model)
in_torchscript = train(copy.deepcopy(model))
"""
)
