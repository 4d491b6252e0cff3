# breaks: setUp has put a hook on the model of each test
# then: ExportTest("test_script").debug()
import unittest

import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


class ExportTest(unittest.TestCase):
    def setUp(self):
        self.net = nn.Sequential(nn.Linear(2, 2))
        self.net.register_forward_hook(show)

    def test_script(self):
        torch.jit.script(self.net)
