# breaks: a file that is imported puts hooks on the model of another one
import torch
import puts_hooks_on  # noqa: F401
from plain_model import net

torch.jit.script(net)
