"""The JSON Schema of settings, made from `Settings`: for editors, and for the reference in the docs."""

from __future__ import annotations

from typing import Any

import msgspec

from hookproof.rules import registry
from hookproof.settings.checking import keys
from hookproof.settings.codes import prefixes
from hookproof.settings.model import Settings
from hookproof.urls import page
from hookproof.worlds.registry import worlds

NAME = "hookproof.schema.json"
"""The file of the schema, beside the pages of the documentation."""

_ALL_RULES = ("select", "extend-select", "ignore", "fixable", "unfixable")
_SOME_RULES = ("extend-safe-fixes", "extend-unsafe-fixes")


def schema() -> dict[str, Any]:
    """Return the schema of `hookproof.toml` and of the table `[tool.hookproof]`."""
    (made,), parts = msgspec.json.schema_components([Settings], ref_template="#/$defs/{name}")
    settings = parts.pop(made["$ref"].rpartition("/")[2])
    properties: dict[str, Any] = settings["properties"]
    properties = {key: _can_be_written(properties[key]) for key in keys()}
    verify = _without(parts.pop("VerifySettings"), "title", "required")
    properties["verify"] = {**verify, "description": properties["verify"]["description"]}
    rule = {"$ref": "#/$defs/rule"}
    for key in (*_ALL_RULES, *_SOME_RULES):
        properties[key]["items"] = rule
    properties["per-file-ignores"]["additionalProperties"]["items"] = rule
    properties["severity"]["propertyNames"] = rule
    properties["assume"]["items"] = {"enum": [world.name for world in worlds()]}
    text_or_list = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    properties["torch"] = {**text_or_list, **_without(properties["torch"], "type", "items")}
    named = [*prefixes(), *registry.codes(), *registry.names()]
    any_case = {"type": "string", "pattern": "^[Hh][Kk][Pp][0-9]{0,3}$|^[Aa][Ll][Ll]$"}
    parts["rule"] = {
        "description": "A rule by its code, the beginning of codes, or its name.",
        "anyOf": [{"enum": named}, any_case],
    }
    address = page(NAME)
    document = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **({"$id": address} if address else {}),
        "title": "hookproof",
        "type": "object",
        "additionalProperties": False,
        "description": "Settings of hookproof: hookproof.toml, or [tool.hookproof] in pyproject.toml.",
        "properties": properties,
        "$defs": parts,
    }
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))
    return plain


def text() -> str:
    """Return the schema as it is written to a file."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"


def _can_be_written(value: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a key without null, which TOML has not."""
    choices = [each for each in value.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:
        value = {**_without(value, "anyOf"), **choices[0]}
    return value if value.get("default", ...) is not None else _without(value, "default")


def _without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}
