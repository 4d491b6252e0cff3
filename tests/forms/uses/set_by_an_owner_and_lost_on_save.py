# breaks: what the hook of an owner keeps on the traced module is gone once that is saved
import io

import torch
from torch import nn


class Recorder:
    def __init__(self, model):
        self.handle = model.register_forward_hook(self.remember)

    def remember(self, module, inputs, output):
        module.last_output = output  # HKP406


traced = torch.jit.trace(nn.Linear(2, 2), torch.ones(1, 2))
recorder = Recorder(traced)
traced(torch.ones(1, 2))
file = io.BytesIO()
torch.jit.save(traced, file)
file.seek(0)
print(torch.jit.load(file).last_output)
