from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
net.register_forward_hook(lambda m, i, o: None)  # HKP201
