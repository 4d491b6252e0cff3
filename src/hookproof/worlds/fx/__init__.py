"""fx: `torch.fx` runs a module once on proxies, and writes down what is done to them.

The fates are those that torch 2.13.0 was measured to give a hook on the module that is traced.
"""

from __future__ import annotations

from hookproof.worlds.world import EntryPoint, Family, Fate, Fates, Standing, World

_TRACED = Standing(
    name="fx",
    heading="hook on a module traced by fx",
    fate="runs once",
    meaning="The hook runs once, while its module is traced by `torch.fx`, on proxies in place of tensors.",
)

# What each of the listener's events comes to (`worlds.fx.tracing`).
_EVENT_FATES: dict[str, Fate] = {
    "dropped by fx": "dropped",
    "runs once under fx": "runs once",
    "keeps a proxy": "runs once",
    "branches on a proxy": "refused",
    "goes through a proxy": "refused",
    "asks a proxy for its length": "refused",
    "makes a number of a proxy": "refused",
    "counts up to a proxy": "refused",
    "formats a proxy": "refused",
    "sets an item of a proxy": "refused",
    "hooks a proxy": "refused",
    "makes an array of a proxy": "refused",
    "takes a proxy for no tensor": "runs once",
    "backward hook dropped by fx": "dropped",
    "registered after fx": "not called",
    "registered on an inlined child": "not called",
}

_QUANTIZING = "torch.ao.quantization.quantize_fx"

WORLDS = (
    World(
        name="fx",
        title="traced by `torch.fx`",
        act="traces with fx",
        entry_points=(
            EntryPoint(qualname="torch.fx.symbolic_trace", keywords=("root",)),
            EntryPoint(qualname=f"{_QUANTIZING}.prepare_fx", keywords=("model",)),
            EntryPoint(qualname=f"{_QUANTIZING}.prepare_qat_fx", keywords=("model",)),
        ),
        words=(
            "symbolic_trace(",
            "prepare_fx(",
            "prepare_qat_fx(",
        ),
        standings=(_TRACED,),
        sides=("in eager mode", "in the graph module"),
        fates={
            "forward": Fates("dropped", "not called", "kept"),
            "forward-pre": Fates("dropped", "not called", "kept"),
            "backward": Fates("dropped", "not called", "kept"),
            "backward-pre": Fates("dropped", "not called", "kept"),
            "state-dict": Fates("dropped", "not called", "kept"),
            "parameter": Fates("kept", "kept", "kept"),
        },
        families=(
            Family("HKP80", "Does the hook work in what fx traced?"),
            Family("HKP81", "Does the hook work in what fx traced?"),
        ),
        tests=frozenset(
            {
                "torch.fx._symbolic_trace.is_fx_tracing",
                "torch.fx._symbolic_trace.is_fx_symbolic_tracing",
            }
        ),
        listener="hookproof.worlds.fx.tracing:Tracing",
        events=_EVENT_FATES,
    ),
)
