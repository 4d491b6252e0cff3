# breaks: the file that makes the model puts a hook on it too
import torch
from hooked_where_made import net

torch.jit.script(net)
