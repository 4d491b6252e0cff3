# breaks: helper, class and entry point stand in three files
# known gap: a file that only hands a registration on, without naming hooks or TorchScript, is not read
import torch
from models import Net

torch.jit.script(Net())
