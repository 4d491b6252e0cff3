"""Features saved before the export."""

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
model[1].register_forward_hook(recorder)  # planted: HKP109
with torch.no_grad():
    for batch in torch.ones(6, 2).split(2):
        model(batch)
eager = torch.cat(recorder.outputs).mean()
recorder.outputs.clear()
traced = torch.jit.trace(model, torch.ones(1, 2))
y = traced(torch.ones(4, 2))
scripted = eager.clone()
print(eager, scripted, y.shape)
