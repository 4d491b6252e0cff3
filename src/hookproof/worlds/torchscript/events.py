"""What happens to hooks in TorchScript, by the names that outcomes and rules give it."""

from __future__ import annotations

from typing import Literal, TypeAlias

Event: TypeAlias = Literal[
    "registered on a ScriptModule",
    "loop reaches a ScriptModule",
    "registered on a trace with exports",
    "registered on a traced child",
    "passed over by a class test",
    "unbound registration on a scripted child",
    "global hook skips scripted children",
    "registered after scripting",
    "removed after scripting",
    "runs while tracing",
    "baked into the trace",
    "backward hook dropped",
    "state-dict hook dropped by script",
    "backward hook before trace",
    "backward hook fails the trace's check",
    "hook before trace with exports",
    "dropped by freeze",
    "forward called directly",
    "called with fewer arguments",
    "legacy utility before script",
    "parametrization before script",
    "installed hook before script",
    "global backward hook",
    "option lost",
    "unguarded registration",
    "eager attribute read after scripting",
]
