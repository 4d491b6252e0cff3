# survives: of the classes that are kept, the one without a hook is made
import torch
import two_nets  # noqa: F401
from table_of_two import create

torch.jit.script(create("plain"))
