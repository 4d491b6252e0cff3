# survives: the import is for type checkers
from typing import TYPE_CHECKING
import torch
from model_for_types import net

if TYPE_CHECKING:
    import hooks_for_types  # noqa: F401
torch.jit.script(net)
