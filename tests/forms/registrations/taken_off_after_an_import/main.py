# survives: what an import has put on is taken off by the handle that it kept
import torch
import keeps_the_handle
from model_to_free import net

keeps_the_handle.handle.remove()
torch.jit.script(net)
