"""Export: `torch.export` runs a module once, on tensors without numbers, and keeps what was done to them.

So does `torch.onnx.export`, which writes that to a file.

The fates are those that torch 2.13.0 was measured to give.
"""

from __future__ import annotations

from hookproof.worlds.world import EntryPoint, Family, Fate, Fates, Standing, World

_EXPORTED = Standing(
    name="exported",
    heading="hook on an exported module",
    fate="runs once",
    meaning="The hook runs once, while its module is exported, on tensors that have no numbers.",
)

# What each of the listener's events comes to (`worlds.export.exporting`).
_EVENT_FATES: dict[str, Fate] = {
    "runs once while exporting": "runs once",
    "keeps a fake tensor": "runs once",
    "asks for a number while exporting": "refused",
    "asks for an array while exporting": "refused",
    "branches while exporting strictly": "refused",
    "compares a number while exporting strictly": "refused",
    "dropped by export": "dropped",
    "refused by strict export": "refused",
    "registered after export": "not called",
    "registered on an exported child": "not called",
    "registered on a module made for it": "not called",
    "registered on an exported program": "refused",
    "removed after export": "compiled",
    "branches while exporting to onnx": "refused",
    "formats a number while exporting": "refused",
    "asks what strict export does not read": "refused",
    "reads what only the source has": "refused",
    "assigns a buffer while exporting": "runs once",
}

WORLDS = (
    World(
        name="export",
        title="exported by `torch.export`",
        act="exports",
        entry_points=(
            EntryPoint(qualname="torch.export.export", keywords=("mod",)),
            EntryPoint(qualname="torch.export.export_for_training", keywords=("mod",)),
            EntryPoint(qualname="torch.export.draft_export", keywords=("mod",)),
        ),
        words=("export(", "draft_export(", "export_for_training("),
        standings=(_EXPORTED,),
        sides=("in eager mode", "in the exported module"),
        fates={
            "forward": Fates("runs once", "not called", "refused"),
            "forward-pre": Fates("runs once", "not called", "refused"),
            "backward": Fates("dropped", "not called", "refused"),
            "backward-pre": Fates("dropped", "not called", "refused"),
            "state-dict": Fates("dropped", "not called", "refused"),
            "parameter": Fates("kept", "kept"),
        },
        families=(Family("HKP6", "Does the hook work in what was exported?"),),
        tests=frozenset({"torch.compiler.is_compiling", "torch.compiler.is_exporting"}),
        listener="hookproof.worlds.export.exporting:Exporting",
        events=_EVENT_FATES,
        later=(
            EntryPoint(qualname="torch.export.save", keywords=("ep",)),
            EntryPoint(qualname="torch.export.load", keywords=("f",)),
            EntryPoint(qualname="torch.export.unflatten", keywords=("module",)),
        ),
    ),
    World(
        name="onnx",
        probed="export",
        title="exported by `torch.onnx.export`",
        act="exports",
        entry_points=(EntryPoint(qualname="torch.onnx.export", keywords=("model",)),),
        words=("onnx.export(",),
        standings=(_EXPORTED,),
        sides=("in eager mode", "in the exported module"),
        fates={
            "forward": Fates("runs once", "not called"),
            "forward-pre": Fates("runs once", "not called"),
            "backward": Fates("dropped", "not called"),
            "backward-pre": Fates("dropped", "not called"),
            "parameter": Fates("dropped", "not called"),
        },
        families=(Family("HKP6", "Does the hook work in what was exported?"),),
        tests=frozenset({"torch.compiler.is_compiling", "torch.compiler.is_exporting"}),
        listener="hookproof.worlds.export.exporting:Exporting",
        events=_EVENT_FATES,
    ),
)
