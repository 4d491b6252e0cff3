"""What happens to hooks in TorchScript, by the names that cases and rules give it, and what that comes to."""

from __future__ import annotations

from typing import Literal, TypeAlias

from hookproof.worlds.world import Fate

Event: TypeAlias = Literal[
    "registered on a ScriptModule",
    "loop reaches a ScriptModule",
    "registered on a trace with exports",
    "registered on a traced child",
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
    "global backward hook",
    "option lost",
    "unguarded registration",
    "eager attribute read after scripting",
]

EVENT_FATES: dict[str, Fate] = {
    "registered on a ScriptModule": "refused",
    "loop reaches a ScriptModule": "refused",
    "registered on a trace with exports": "refused",
    "registered on a traced child": "not called",
    "unbound registration on a scripted child": "not called",
    "global hook skips scripted children": "not called",
    "registered after scripting": "not called",
    "removed after scripting": "compiled",
    "runs while tracing": "runs once",
    "baked into the trace": "runs once",
    "backward hook dropped": "dropped",
    "state-dict hook dropped by script": "dropped",
    "backward hook before trace": "refused",
    "backward hook fails the trace's check": "refused",
    "hook before trace with exports": "refused",
    "dropped by freeze": "dropped",
    "forward called directly": "compiled",
    "called with fewer arguments": "compiled",
    "legacy utility before script": "refused",
    "parametrization before script": "refused",
    "global backward hook": "refused",
    "option lost": "compiled",
    "unguarded registration": "refused",
    "eager attribute read after scripting": "compiled",
}
