# breaks: the decorator that puts the hook on is in a third file
import torch
from decorated_models import build

torch.jit.script(build())
