"""Facts of each version are stored as what differs from one of them, and name what the worlds name."""

from __future__ import annotations

from typing import Any, get_args

import jsonschema
import msgspec
import pytest

from hookproof.facts import deltas
from hookproof.facts.atlas import BASE, SHIPPED, raw_facts
from hookproof.worlds import registry
from hookproof.worlds.world import Fate
from places import ROOT

FOLDER = ROOT / "src" / "hookproof" / "facts" / "atlas"

NAMES = {"type": "array", "items": {"type": "string"}}
FATES = [fate for fate in get_args(Fate) if fate != "unknown"]
OUTCOME = {
    "type": "array",
    "minItems": 1,
    "maxItems": 3,
    "prefixItems": [{"enum": ["fine", "silent", "raises"]}],
}
FATE = {
    "oneOf": [
        {"enum": FATES},
        {
            "type": "object",
            "propertyNames": {"enum": ["root", "child", "leaf"]},
            "additionalProperties": {"enum": FATES},
        },
    ]
}
API = {
    "type": "object",
    "required": ["name", "parameters", "hook_index", "options"],
    "properties": {"name": {"type": "string"}, "parameters": NAMES, "options": NAMES},
    "additionalProperties": {"type": "integer"},
}
SCHEMA = {
    "type": "object",
    "required": [
        "torch", "python", "hooks", "global_hooks", "utilities", "module", "module_attributes", "aliases",
        "classes", "functions", "values", "language", "entry_points", "fates",
    ],
    "additionalProperties": False,
    "properties": {
        "torch": {"pattern": r"^\d+\.\d+\.\d+$"},
        "python": {"pattern": r"^3\.\d+$"},
        "hooks": {"type": "array", "items": API, "minItems": 5},
        "global_hooks": {"type": "array", "items": API, "minItems": 3},
        "utilities": {"type": "array", "items": {"required": ["qualname", "aliases", "installs"]}},
        "module": {
            "additionalProperties": {
                "propertyNames": {"enum": ["compiled", "script-module", "traced", "traced-child", "frozen"]},
                "additionalProperties": {"additionalProperties": OUTCOME},
            }
        },
        "module_attributes": {"additionalProperties": {"required": ["kind"]}},
        "aliases": {"additionalProperties": {"type": "string"}},
        "classes": {
            "additionalProperties": {
                "required": ["qualname", "aliases", "bases", "constructor", "is_container", "is_probed"]
            }
        },
        "functions": {"additionalProperties": NAMES},
        "values": {"additionalProperties": NAMES},
        "language": {"additionalProperties": {"type": ["boolean", "null"]}},
        "entry_points": {"additionalProperties": {"type": "boolean"}},
        "fates": {
            "additionalProperties": {
                "oneOf": [
                    {"const": "absent"},
                    {
                        "type": "object",
                        "additionalProperties": {
                            "oneOf": [
                                {"const": "absent"},
                                {
                                    "type": "object",
                                    "required": ["before", "after", "on_result"],
                                    "additionalProperties": FATE,
                                },
                            ]
                        },
                    },
                ]
            }
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("version", SHIPPED)
def test_the_facts_of_a_version_have_their_form(version: str) -> None:
    facts = raw_facts(version)
    jsonschema.validate(facts, SCHEMA)
    assert facts["torch"] == version


def test_each_file_is_that_of_a_version_and_all_are_small() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"torch-{version}.json" for version in SHIPPED}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 500_000
    assert list(SHIPPED) == sorted(SHIPPED, key=lambda version: [int(part) for part in version.split(".")])


@pytest.mark.parametrize("version", [version for version in SHIPPED if version != BASE])
def test_what_is_stored_is_what_differs(version: str) -> None:
    stored = msgspec.json.decode((FOLDER / f"torch-{version}.json").read_bytes())
    base = raw_facts(BASE)
    assert deltas.difference(base, raw_facts(version)) == stored["changes"]
    assert base == raw_facts(BASE)  # it is not what was changed


@pytest.mark.parametrize(
    ("base", "other"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {}),
        ({}, {"a": {"b": 1}}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": "b"}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": list("abcdefghij")}, {"a": list("bcdefghijk")}),
        ({"hooks": [{"name": "a"}, {"name": "b"}]}, {"hooks": [{"name": "a", "more": []}]}),
    ],
)
def test_changes_make_the_other_of_the_base(base: dict[str, Any], other: dict[str, Any]) -> None:
    assert deltas.applied(base, deltas.difference(base, other)) == other


def test_the_entry_points_and_tests_of_the_worlds_are_there() -> None:
    # One that the probe does not look for counts as there in all versions, until it does.
    named = {*registry.tests(), *(name for name in registry.calls() if registry.function(name))}
    looked_for = raw_facts(BASE)["entry_points"]
    assert {"torch.jit.script", "torch.export.export"} <= named & {*looked_for}
    assert {name for name in named if looked_for.get(name) is False} <= GONE


# They were there in other versions.
GONE = {"torch.export.export_for_inference", "torch.export.export_for_training", "torch.onnx.dynamo_export"}


def test_the_worlds_tell_the_fates_that_were_probed() -> None:
    # What came back means the same in these; of the others, and of all on the torch that is installed, torch
    # is asked by itself.
    fates = raw_facts(BASE)["fates"]
    for world in map(registry.world, ("script", "trace", "freeze", "load", "export")):
        for kind, told in world.fates.items():
            for moment in ("before", "after", "on_result"):
                probed, said = fates[world.name].get(kind, {}).get(moment), getattr(told, moment)
                of_root = probed["root"] if isinstance(probed, dict) else probed
                assert said == "unknown" or of_root in (said, None) or (world.name, moment) in OTHERWISE, (
                    world.name, kind, moment,
                )  # fmt: skip


# The data of these worlds speak of what came back itself, the probe of the module that is made of it.
OTHERWISE = {("export", "on_result")}
