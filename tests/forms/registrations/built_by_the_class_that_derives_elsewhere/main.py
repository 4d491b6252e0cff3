# breaks: the class that puts the hook on stands in a file between base and model
# known gap: that a class derives from one of another file is not seen where files are chosen
import torch
from nets import Net

torch.jit.script(Net())
