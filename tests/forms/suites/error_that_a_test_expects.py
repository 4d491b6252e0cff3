# survives: the test expects the error
# then: test_script()
import pytest
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


def test_script():
    net = nn.Sequential(nn.Linear(2, 2))
    net.register_forward_hook(show)
    with pytest.raises(RuntimeError, match="Tuple"):
        torch.jit.script(net)
