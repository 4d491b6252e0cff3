# breaks: the fixture gives a ScriptModule
# then: test_features(scripted._get_wrapped_function()())
import pytest
import torch
from torch import nn


@pytest.fixture(scope="module")
def scripted():
    return torch.jit.script(nn.Sequential(nn.Linear(2, 2)))


def test_features(scripted):
    seen = []
    scripted.register_forward_hook(lambda module, inputs, output: seen.append(output))  # HKP101
    scripted(torch.ones(1, 2))
    assert seen
