# breaks: the model that the fixture gives has a hook without annotations
# then: test_script(hooked._get_wrapped_function()(net._get_wrapped_function()()))
import pytest
import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


@pytest.fixture
def net():
    return nn.Sequential(nn.Linear(2, 2))


@pytest.fixture(autouse=False)
def hooked(net):
    net[0].register_forward_hook(show)
    return net


def test_script(hooked):
    torch.jit.script(hooked)
