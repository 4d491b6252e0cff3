"""What becomes of a hook in every world, in a line for people."""

from __future__ import annotations

from hookproof.output.fates import line, short_line
from hookproof.report import HookSite, WorldFate

FATES = (
    WorldFate("script", "refused", ("HKP213",)),
    WorldFate("trace", "runs once"),
    WorldFate("freeze", "refused", ("HKP213",)),
    WorldFate("compile", "survives"),
    WorldFate("fx", "depends"),
    WorldFate("copy", "survives"),
    WorldFate("eager", "unknown"),
)
SITE = HookSite("a.py", 1, 1, "register_forward_hook", "function", "local", fates=FATES)


def test_worlds_with_the_same_fate_stand_together_and_what_is_unknown_is_left_out() -> None:
    expected = "survives compile, copy; depends on its place in fx; runs once in trace; "
    assert line(SITE) == expected + "refused by script, freeze (HKP213)"
    assert line(HookSite("a.py", 1, 1, "register_forward_hook", "function", "local")) == ""


def test_where_there_is_little_room_a_hook_survives_or_is_lost() -> None:
    assert short_line(SITE) == "survives: compile, copy / lost in: script, trace, freeze"
