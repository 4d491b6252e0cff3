# survives: the function named `run` of another file takes its hook off before scripting
import runner
import torch
from torch import nn

net = nn.Linear(2, 2)
print(runner.run(net, torch.ones(1, 2)))
