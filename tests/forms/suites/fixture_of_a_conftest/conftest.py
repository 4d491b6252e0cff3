import pytest
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


@pytest.fixture(scope="session")
def hooked():
    net = nn.Sequential(nn.Linear(2, 2))
    net.register_forward_hook(show)
    return net
