# survives: the test is given the model that nobody hooked
# then: test_script(plain._get_wrapped_function()()); test_hook(hooked._get_wrapped_function()())
import pytest
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


@pytest.fixture
def plain():
    return nn.Sequential(nn.Linear(2, 2))


@pytest.fixture
def hooked():
    net = nn.Sequential(nn.Linear(2, 2))
    net.register_forward_hook(show)
    return net


def test_script(plain):
    torch.jit.script(plain)


def test_hook(hooked):
    hooked(torch.ones(1, 2))
