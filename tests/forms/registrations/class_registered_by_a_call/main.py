# breaks: a class of another file is registered by a call and made by its name
import torch
import nets_by_call  # noqa: F401
from table_of_calls import lookup

torch.jit.script(lookup("small")())
