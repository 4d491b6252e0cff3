# breaks: what makes the model and what puts the hook on are in folders of their own
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.extend([str(ROOT / "a"), str(ROOT / "b")])

import torch  # noqa: E402
from attaches_alpha import attach  # noqa: E402
from builds_beta import build  # noqa: E402

net = build()
attach(net)
torch.jit.script(net)
