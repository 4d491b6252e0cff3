# survives: while the constructor runs the parts are eager modules, and the hook is compiled
from typing import Tuple

import torch
from torch import Tensor, nn


def show(module, input: Tuple[Tensor], output: Tensor):
    print(output.shape)


class Model(torch.jit.ScriptModule):
    def __init__(self):
        super().__init__()
        fc = nn.Linear(2, 2)
        fc.register_forward_hook(show)
        self.fc = fc
        self.register_full_backward_pre_hook(lambda module, grads: None)

    @torch.jit.script_method
    def forward(self, x):
        return self.fc(x)


Model()(torch.ones(1, 2))
