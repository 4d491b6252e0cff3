# breaks: helper, class and entry point stand in three files
# known gap: functions between registration and entry point are counted
import torch
from models import Net

torch.jit.script(Net())
