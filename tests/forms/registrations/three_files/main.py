# breaks: helper, class and entry point stand in three files
import torch
from models import Net

torch.jit.script(Net())
