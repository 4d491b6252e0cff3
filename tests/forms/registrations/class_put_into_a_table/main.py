# breaks: another file puts its class into a table
import torch
import nets_that_fill  # noqa: F401
from table_to_fill import MODELS

torch.jit.script(MODELS["small"]())
