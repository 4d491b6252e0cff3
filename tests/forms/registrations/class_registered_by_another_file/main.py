# breaks: a class that a decorator of another file keeps is made by its name
import torch
import small_nets  # noqa: F401
from model_table import create

net = create("Small")
torch.jit.script(net)
