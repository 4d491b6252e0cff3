# survives: classes that the table of hooks does not have are passed by
import torch
from ptflops import get_model_complexity_info
from torch import nn

model = nn.Sequential(nn.Linear(4, 4), torch.jit.script(nn.Sequential(nn.Linear(4, 4))))
get_model_complexity_info(model, (4,), print_per_layer_stat=False)
