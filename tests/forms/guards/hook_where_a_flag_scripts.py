# breaks: the flag that scripts the model lets the registration happen as well
import torch
from torch import nn


class Runner:
    def __init__(self, model, jit=True):
        self.jit = jit
        self.model = torch.jit.script(model) if jit else model
        if self.jit:
            self.model.register_forward_hook(print)  # HKP101


Runner(nn.Linear(2, 2))
