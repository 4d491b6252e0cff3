# breaks: a package imports what registers itself, and makes it by name
import torch
from zoo_by_name import create

torch.jit.script(create("Small"))
