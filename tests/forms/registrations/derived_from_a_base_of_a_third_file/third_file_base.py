from third_file_hooks import attach
from torch import nn


class Watched(nn.Module):
    def __init__(self):
        super().__init__()
        attach(self)
