"""The registry of worlds is complete, and costs little."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest

from hookproof.facts.atlas import Facts
from hookproof.rules.registry import rules
from hookproof.worlds import registry
from hookproof.worlds.listeners import listening
from hookproof.worlds.torchscript.events import Event
from hookproof.worlds.world import PARAMETER_HOOKS, Fate, HookKind, kind_of


def test_asking_for_the_worlds_imports_nothing_that_interprets() -> None:
    code = (
        "import sys\nfrom hookproof.worlds import registry\nregistry.words(), registry.calls()\n"
        "print(*sorted(name for name in sys.modules if name.startswith('hookproof.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.split(".")[1] for name in done.stdout.split()} == {"worlds"}


def test_every_rule_belongs_to_a_family_and_to_standings_of_its_worlds() -> None:
    for rule in rules():
        family = registry.family(rule.code)
        assert family.is_about_use == (rule.asks == "use"), rule.code
        for name in rule.worlds:
            assert registry.standing(name)
            assert registry.concerned(name, rule.code), (rule.code, name)


def test_what_worlds_have_is_named_once() -> None:
    names = [world.name for world in registry.worlds()]
    assert len(names) == len(set(names))
    assert len(registry.calls()) == sum(len(world.calls) for world in registry.worlds())
    assert sorted(name for _, worlds in listening() for name in (world.name for world in worlds)) == sorted(
        names
    )
    for world in registry.worlds():
        assert world.standings
        assert world.words or not world.entry_points
        assert set(world.fates) <= set(get_args(HookKind))


def test_every_event_of_torchscript_comes_to_a_fate() -> None:
    fates = registry.world("script").events
    assert set(fates) == set(get_args(Event))
    assert set(fates.values()) <= set(get_args(Fate))
    assert {getattr(rule, "event", None) for rule in rules("HKP1")} <= set(fates)


@pytest.mark.parametrize(
    ("api", "kind"),
    [
        ("register_forward_hook", "forward"),
        ("register_forward_pre_hook", "forward-pre"),
        ("register_backward_hook", "backward"),
        ("register_full_backward_hook", "backward"),
        ("register_full_backward_pre_hook", "backward-pre"),
        ("_register_state_dict_hook", "state-dict"),
        ("register_load_state_dict_post_hook", "state-dict"),
        ("torch.nn.modules.module.register_module_forward_hook", "global forward"),
        ("torch.nn.modules.module.register_module_full_backward_pre_hook", "global backward"),
        ("torch.nn.modules.module.register_module_buffer_registration_hook", "global registration"),
        ("torch.nn.utils.weight_norm", "utility"),
        ("torch.nn.utils.parametrize.register_parametrization", "utility"),
    ],
)
def test_the_name_of_an_api_says_what_kind_of_hook_it_registers(api: str, kind: HookKind) -> None:
    assert kind_of(api) == kind


def test_no_hook_of_torch_is_of_an_unknown_kind() -> None:
    facts = Facts()
    apis = (*facts.hook_apis, *facts.global_hook_apis, *facts.legacy_utilities, *PARAMETER_HOOKS)
    assert {kind_of(api) for api in apis} == set(get_args(HookKind))
