"""Copies of models in memory: a world as a file of its own, of which nothing else is told."""

from __future__ import annotations

from hookproof.worlds.world import EntryPoint, Family, Fates, Standing, World

WORLDS = (
    World(
        name="copy",
        title="copied by `copy.deepcopy`",
        act="copies",
        entry_points=(EntryPoint(qualname="copy.deepcopy", keywords=("x",), returned="a copy"),),
        words=("deepcopy",),
        standings=(
            Standing(
                name="copy",
                heading="hook on a copy",
                meaning="The copy has the same hook, with all that it closes over.",
            ),
        ),
        fates={
            "forward": Fates("duplicated", "not called"),
            "forward-pre": Fates("duplicated", "not called"),
            "backward": Fates("kept"),
        },
        families=(Family("HKP8", "Does a copy of the module do as its original does?"),),
    ),
)
