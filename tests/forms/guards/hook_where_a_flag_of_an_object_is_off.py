# survives: a conditional expression scripts the model where hooks are left out
import torch
from torch import nn


def show(module, args, output):
    print(output.shape)


class Runner:
    def __init__(self, model, jit=True):
        self.jit = jit
        self.model = torch.jit.script(model) if jit else model
        if not self.jit:
            self.model.register_forward_hook(show)


Runner(nn.Linear(2, 2)).model(torch.ones(1, 2))
Runner(nn.Linear(2, 2), jit=False).model(torch.ones(1, 2))
