# survives: nothing imports the file that would put the hook on
import torch
from model_alone import net

torch.jit.script(net)
