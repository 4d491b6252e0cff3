# breaks: thop gives every module a buffer before it registers hooks
import thop
import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 4), torch.jit.script(nn.Sequential(nn.Linear(4, 4))))
thop.profile(model, inputs=(torch.ones(1, 4),))  # HKP102
