"""The schema of settings, which editors read, and the settings themselves allow the same."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hookproof.exit_status import SettingsError
from hookproof.settings import Settings, resolve
from hookproof.settings.checking import keys
from hookproof.settings.schema import NAME, schema
from hookproof.urls import page
from places import ROOT

if sys.version_info >= (3, 11):
    from tomllib import loads as toml
else:
    from tomli import loads as toml

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def is_fit(values: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft7Validator(schema()).is_valid(values))


def is_read(text: str, folder: Path) -> bool:
    (folder / "hookproof.toml").write_text(text, "utf-8")
    try:
        resolve([str(folder)])
    except SettingsError:
        return False
    return True


def test_the_schema_is_a_schema_and_the_one_that_is_published() -> None:
    jsonschema.Draft7Validator.check_schema(schema())
    assert json.loads((ROOT / "docs" / NAME).read_text("utf-8")) == schema(), "run tools/make_docs.py"
    assert schema()["$id"] == page(NAME)


def test_every_key_is_described_and_no_other() -> None:
    properties = schema()["properties"]
    assert tuple(properties) == keys()
    assert set(keys()) | {"root", "config", "torch-from"} == set(Settings.__struct_encode_fields__)
    described = {**properties, **properties["verify"]["properties"]}
    assert all(about["description"].endswith(".") for about in described.values())


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ('select = ["ALL", "HKP3", "hkp302", "lambda-hook"]', True),
        ('select = ["F401"]', False),
        ('select = "HKP3"', False),
        ('severity = {HKP3 = "warning", lambda-hook = "error"}', True),
        ('severity = {HKP3 = "fatal"}', False),
        ('severity = {E501 = "error"}', False),
        ('per-file-ignores = {"a.py" = ["HKP3"]}', True),
        ('per-file-ignores = {"a.py" = ["E501"]}', False),
        ('torch = ">=2.4"', True),
        ('torch = ["2.4", ">=2.6"]', True),
        ("torch = 2.4", False),
        ('assume = ["export"]', True),
        ('assume = ["mars"]', False),
        ('assume-scripted = ["pkg.Net"]', True),
        ('assume-scripted = "pkg.Net"', False),
        ("jobs = 2", True),
        ("jobs = 0", False),
        ('fail-on = "certain"', True),
        ('fail-on = "sure"', False),
        ("verify = {timeout = 3, memory = 64}", True),
        ("verify = {timeout = 0}", False),
        ("verify = {timout = 3}", False),
        ("slect = []", False),
        ('root = "."', False),
        ("force-exclude = 1", False),
    ],
)
def test_what_fits_the_schema_is_read_and_nothing_else(text: str, fits: bool, tmp_path: Path) -> None:
    assert is_fit(toml(text)) is fits
    assert is_read(text, tmp_path) is fits


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_examples_of_the_documentation_fit(path: Path) -> None:
    for block in re.findall(r"^```toml\n(.*?)^```$", path.read_text("utf-8"), re.M | re.S):
        values = toml(block)
        if "tool" in values:
            values = values["tool"].get("hookproof", {})
        elif "hookproof.toml" not in block.partition("\n")[0]:
            continue
        jsonschema.Draft7Validator(schema()).validate(values)


def test_the_documentation_names_the_address_of_the_schema() -> None:
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert re.findall(r"^#:schema (\S+)$", text, re.M) == [page(NAME)]
