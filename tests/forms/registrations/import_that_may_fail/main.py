# breaks: an import under `try` puts a hook on the model
import torch
from model_for_a_try import net

try:
    import hooks_for_a_try
except ImportError:
    hooks_for_a_try = None
torch.jit.script(net)
