# survives: the hooks are gone when the model is saved
import contextlib
import io
import torch
from torch import nn


@contextlib.contextmanager
def record(model, out):
    hs = [m.register_forward_hook(lambda m, i, o: out.append(o.shape)) for m in model.modules()]
    try:
        yield out
    finally:
        for h in hs:
            h.remove()


model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
with record(model, []) as shapes:
    model(torch.ones(1, 2))
print(len(shapes))
torch.save(model, io.BytesIO())
