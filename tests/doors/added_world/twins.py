"""Twins of models, and what a library packs: worlds as a file of their own, told of nowhere else."""

from __future__ import annotations

from hookproof.worlds.world import EntryPoint, Family, Fates, Standing, World

WORLDS = (
    World(
        name="twin",
        title="doubled by `packing.twin`",
        act="doubles",
        entry_points=(EntryPoint(qualname="packing.twin", keywords=("x",), returned="a copy"),),
        words=("packing",),
        standings=(
            Standing(
                name="twin",
                heading="hook on a twin",
                meaning="The twin has the same hook, with all that it closes over.",
            ),
        ),
        fates={
            "forward": Fates("duplicated", "not called"),
            "forward-pre": Fates("duplicated", "not called"),
            "backward": Fates("kept"),
        },
        families=(Family("HKP89", "Does a twin of the module do as its original does?"),),
    ),
    World(
        name="pack",
        title="packed by `packing.pack`",
        act="packs",
        entry_points=(
            EntryPoint(qualname="packing.pack", keywords=("model",)),
            EntryPoint(qualname="to_package", is_method=True),
        ),
        words=("packing", "to_package"),
        standings=(
            Standing(
                name="pack", heading="hook in a package", meaning="The package has no hooks.", is_there=False
            ),
        ),
        fates={"forward": Fates("dropped", "not called", "refused")},
        families=(),
    ),
)
