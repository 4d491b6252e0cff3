# survives: without an error: nothing calls a list of modules
import torch
import torch.nn as nn


class MLP(nn.Module):
    def __init__(self, dim=8, depth=2):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(dim, dim) for _ in range(depth)])
        self.head = nn.Linear(dim, 2)
        self.acts = []
        self.layers.register_forward_hook(self._save)  # HKP901

    def _save(self, module, inp, out):
        self.acts.append(out)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.head(x)


net = MLP()
net(torch.randn(3, 8))
print(len(net.acts))
