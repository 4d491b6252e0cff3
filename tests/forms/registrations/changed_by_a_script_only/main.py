# survives: the file puts its hook on when it runs, not when it is imported
import torch
import runs_as_a_script  # noqa: F401
from model_of_a_script import net

torch.jit.script(net)
