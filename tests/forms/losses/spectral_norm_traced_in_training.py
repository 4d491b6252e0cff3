# breaks: the traced norm computes with `out=`, which cannot be differentiated
# known gap: whether a module is in training mode when it is traced is not asked
import torch
from torch import nn

net = nn.Sequential(nn.utils.spectral_norm(nn.Linear(2, 2)))
traced = torch.jit.trace(net, torch.ones(1, 2), check_trace=False)  # HKP???
traced(torch.ones(1, 2))
