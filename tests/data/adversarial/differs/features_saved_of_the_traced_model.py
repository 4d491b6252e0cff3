"""Features saved of the traced model."""

import torch
from torch import nn


class Recorder:
    def __init__(self):
        self.outputs = []

    def __call__(self, module, inputs, output):
        self.outputs.append(output.detach().clone())


# the program
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).eval()
recorder = Recorder()
model[1].register_forward_hook(recorder)  # HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
recorder.outputs.clear()
for batch in torch.ones(6, 2).split(2):
    model(batch)
eager = len(recorder.outputs)
recorder.outputs.clear()
for batch in torch.ones(6, 2).split(2):
    traced(batch)
scripted = len(recorder.outputs)
print(eager, scripted)
