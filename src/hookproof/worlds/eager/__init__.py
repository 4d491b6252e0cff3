"""Eager mode itself, where nothing leaves it: hooks on modules that nothing calls.

Torch runs hooks where a module is called, and nowhere else. Measured on torch 2.13.0.
"""

from __future__ import annotations

from hookproof.worlds.world import Family, Fate, Standing, World

_UNCALLED = Standing(
    name="uncalled",
    heading="hook on a module that is not called",
    fate="not called",
    meaning="The hook never runs, in eager mode either: its module is used, but nothing calls it.",
    is_there=False,
)
_REPLACED = Standing(
    name="replaced",
    heading="hook on a parameter that is replaced",
    fate="dropped",
    meaning="The hook stays with the tensor that it was put on; its module has another one, without hooks.",
    is_there=False,
)

# What each of the listener's events comes to (`worlds.eager.calling`).
_EVENT_FATES: dict[str, Fate] = {
    "on a container": "not called",
    "on a projection of attention": "not called",
    "on a part whose weight is used": "not called",
    "on a part whose forward is called": "not called",
    "on a part that is replaced": "not called",
    "skipped by forward": "not called",
    "on a parameter that is replaced": "dropped",
    "on a parameter that loading replaces": "dropped",
}

WORLDS = (
    World(
        name="eager",
        title="used without a call",
        act="",
        entry_points=(),
        words=(),
        standings=(_UNCALLED, _REPLACED),
        sides=("expected", "found"),
        fates={},
        families=(
            Family("HKP90", "Does anything call the hook's module?"),
            Family("HKP91", "Does the module still have the hook's parameter?"),
        ),
        listener="hookproof.worlds.eager.calling:Calling",
        events=_EVENT_FATES,
    ),
)
