# breaks: the base of the model is in a third file, what it calls in a fourth
import torch
from third_file_model import Big

torch.jit.script(Big())
