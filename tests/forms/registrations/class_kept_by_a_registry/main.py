# breaks: an object of another file keeps the classes that it decorates, and makes them
import torch
import registered_nets  # noqa: F401
from model_registry import MODELS

net = MODELS.build({"type": "Small", "width": 3})
torch.jit.script(net)
