# breaks: a fixture is torn down after the test, which meets the hook
# then: test_script(next(hooked._get_wrapped_function()()))
import pytest
import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


@pytest.fixture
def hooked():
    net = nn.Sequential(nn.Linear(2, 2))
    handle = net.register_forward_hook(show)
    yield net
    handle.remove()


def test_script(hooked):
    torch.jit.script(hooked)
