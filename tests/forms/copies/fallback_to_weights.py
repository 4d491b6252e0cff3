# survives: the program catches the error and saves the weights
# unsure: it is meant to go on
import torch
import io
from torch import nn

model = nn.Linear(2, 2)
model.register_forward_hook(lambda m, i, o: None)  # HKP830
try:
    torch.save(model, io.BytesIO())
except Exception as e:
    print("fallback", type(e).__name__)
    torch.save(model.state_dict(), io.BytesIO())
