"""Files of settings: which one counts, what it extends, what stands in the wrong place, and `--config`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from findings import finding
from hookproof.exit_status import SettingsError
from hookproof.settings import Settings, resolve
from hookproof.settings.showing import show
from hookproof.source.discover import project_root

if sys.version_info >= (3, 11):
    from tomllib import loads as toml
else:
    from tomli import loads as toml

TABLE = "[tool.hookproof]\n"


def write(folder: Path, **files: str) -> Path:
    """Write files, `hookproof` being hookproof.toml, `_hookproof` .hookproof.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name.replace('_', '.')}.toml").write_text(text, "utf-8")
    return folder


def settings(path: Path, *config: str, **overrides: Any) -> Settings:
    ((found, _),) = resolve([str(path)], overrides, config=config)
    return found


def complaint(path: Path, *config: str, **overrides: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        settings(path, *config, **overrides)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "HERE")


# --- which file --------------------------------------------------------------------------------------------


def test_in_one_folder_a_file_of_our_own_counts_before_pyproject(tmp_path: Path) -> None:
    write(tmp_path, pyproject=f'{TABLE}ignore = ["HKP1"]')
    assert settings(tmp_path).ignore == ("HKP1",)
    write(tmp_path, hookproof='ignore = ["HKP2"]')
    assert settings(tmp_path).ignore == ("HKP2",)
    write(tmp_path, _hookproof='ignore = ["HKP3"]')
    assert settings(tmp_path).ignore == ("HKP3",)
    assert settings(tmp_path).root == str(tmp_path)


def test_a_nearer_folder_counts_before_a_further_one(tmp_path: Path) -> None:
    write(tmp_path, _hookproof='ignore = ["HKP1"]')
    inner = write(tmp_path / "inner", pyproject=f'{TABLE}ignore = ["HKP2"]')
    without = write(tmp_path / "without", pyproject="[project]\n")
    assert settings(inner).ignore == ("HKP2",)
    assert settings(without).ignore == ("HKP1",)


def test_a_project_that_has_only_a_file_of_our_own_is_known_from_there(tmp_path: Path) -> None:
    nested = write(tmp_path / "a" / "b", hookproof="")
    write(tmp_path / "a", _hookproof="")
    assert project_root(nested / "net.py") == str(nested)
    (tmp_path / "a" / "setup.cfg").write_text("")
    assert project_root(nested / "net.py") == str(tmp_path / "a")


# --- extend ------------------------------------------------------------------------------------------------


def test_extend_adds_to_and_overrides_what_another_file_has(tmp_path: Path) -> None:
    write(
        tmp_path,
        base='select = ["HKP1"]\nextend-exclude = ["a"]\nbaseline = "known.json"\n'
        'min-confidence = "certain"\nper-file-ignores = {"a.py" = ["HKP1"]}\n',
    )
    project = write(
        tmp_path / "project",
        hookproof='extend = "../base.toml"\nselect = ["HKP2"]\nextend-exclude = ["b"]\n'
        'per-file-ignores = {"b.py" = ["HKP2"]}\n',
    )
    found = settings(project)
    assert (found.select, found.min_confidence) == (("HKP2",), "certain")
    assert found.extend_exclude == ("a", "b")
    assert found.per_file_ignores == {"a.py": ("HKP1",), "b.py": ("HKP2",)}
    assert found.baseline is not None
    assert Path(found.baseline).resolve() == tmp_path / "known.json"
    assert (found.root, found.extend) == (str(project), None)


def test_a_pyproject_can_extend_and_be_extended(tmp_path: Path) -> None:
    write(tmp_path / "base", pyproject=f'{TABLE}ignore = ["HKP5"]')
    project = write(tmp_path / "project", pyproject=f'{TABLE}extend = "../base/pyproject.toml"')
    assert settings(project).ignore == ("HKP5",)


def test_extending_in_a_circle_is_told(tmp_path: Path) -> None:
    write(tmp_path, hookproof='extend = "b.toml"', b='extend = "./hookproof.toml"')
    assert complaint(tmp_path) == (
        "HERE/hookproof.toml: extend: goes in a circle: "
        "HERE/hookproof.toml > HERE/b.toml > HERE/hookproof.toml"
    )


def test_what_is_wrong_in_the_other_file_names_that_file(tmp_path: Path) -> None:
    write(tmp_path, hookproof='extend = "base.toml"', base="slect = []")
    assert complaint(tmp_path) == "HERE/base.toml: slect: unknown key (did you mean `select`?)"
    write(tmp_path, hookproof='extend = "none.toml"')
    assert complaint(tmp_path) == "HERE/hookproof.toml: extend: there is no file HERE/none.toml"


# --- keys in the wrong place -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "hookproof.toml",
            f"{TABLE}select = []",
            "`[tool.hookproof]` belongs in pyproject.toml; keys stand here without a table",
        ),
        ("hookproof.toml", "[hookproof]\nselect = []", "hookproof: unknown key"),
        ("pyproject.toml", 'select = ["HKP1"]', "`select` belongs under `[tool.hookproof]`"),
        ("pyproject.toml", "[hookproof]\nselect = []", "`[hookproof]` must be `[tool.hookproof]`"),
        ("other.toml", "[project]\nname = 'x'", "project: unknown key"),
    ],
)
def test_keys_in_the_wrong_place_are_told_where_they_belong(
    name: str, text: str, problem: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    assert complaint(tmp_path, str(tmp_path / name)) == f"HERE/{name}: {problem}"


def test_a_pyproject_under_another_name_is_read_as_one(tmp_path: Path) -> None:
    write(tmp_path, other=f'{TABLE}ignore = ["HKP1"]', plain='ignore = ["HKP2"]')
    assert settings(tmp_path, str(tmp_path / "other.toml")).ignore == ("HKP1",)
    assert settings(tmp_path, str(tmp_path / "plain.toml")).ignore == ("HKP2",)


# --- rules by name -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ALL", "HKP"),
        ("all", "HKP"),
        ("hkp3", "HKP3"),
        ("Hkp302", "HKP302"),
        ("lambda-hook", "HKP201"),
        ("Lambda-Hook", "HKP201"),
    ],
)
def test_a_rule_is_named_by_code_beginning_or_name_in_any_case(name: str, code: str, tmp_path: Path) -> None:
    write(tmp_path, hookproof=f'select = ["{name}"]\n[severity]\n"{name}" = "warning"')
    found = settings(tmp_path)
    assert (found.select, found.severity) == ((code,), {code: "warning"})
    assert settings(tmp_path, ignore=(name,), select=("ALL", "HKP1", "HKP2", "HKP3")).ignore == (code,)


def test_the_longest_code_decides_how_severe_a_finding_is(tmp_path: Path) -> None:
    write(tmp_path, hookproof='severity = {ALL = "warning", HKP30 = "error"}')
    found = settings(tmp_path)
    assert found.with_severity(finding(code="HKP201")).severity == "warning"
    assert found.with_severity(finding(code="HKP302", severity="warning")).severity == "error"


# --- --config ----------------------------------------------------------------------------------------------


def test_config_sets_keys_over_the_file_and_options_win(tmp_path: Path) -> None:
    write(tmp_path, hookproof='ignore = ["HKP1"]\nextend-exclude = ["a"]')
    inline = ("ignore = ['hkp2']", "verify.timeout=3", "extend-exclude=['b']")
    found = settings(tmp_path, *inline)
    assert (found.ignore, found.verify.timeout) == (("HKP2",), 3.0)
    assert found.extend_exclude == ("a", "b")
    assert settings(tmp_path, *inline, ignore=("HKP3",)).ignore == ("HKP3",)
    file = str(write(tmp_path / "other", mine='src = ["lib"]') / "mine.toml")
    assert settings(tmp_path, file, "jobs=2").src == ("lib",)


@pytest.mark.parametrize(
    ("argument", "problem"),
    [
        ("slect=[]", "--config slect: unknown key (did you mean `select`?)"),
        ("output-format=json", "is not TOML: text needs quotes, as in output-format='json'"),
        ("tool.hookproof.jobs=2", "keys stand here without `tool.hookproof.`"),
        ("select=['F401']", "--config select: unknown code `F401`"),
        ("none.toml", "none.toml: cannot be read: No such file or directory"),
    ],
)
def test_what_is_wrong_with_config_is_told(argument: str, problem: str, tmp_path: Path) -> None:
    assert problem in complaint(tmp_path, argument)


def test_two_files_are_one_too_many(tmp_path: Path) -> None:
    assert "names two files" in complaint(tmp_path, "a.toml", "b.toml")


# --- --show-settings ---------------------------------------------------------------------------------------


def test_what_is_shown_is_a_file_that_says_the_same(tmp_path: Path) -> None:
    write(
        tmp_path,
        hookproof='select = ["hkp3", "lambda-hook"]\nbaseline = "a \\u00e9\\u0007\\u202e.json"\njobs = 3\n'
        'torch = [">=2.4"]\nassume-scripted = ["pkg.Net"]\nmin-confidence = "likely"\n'
        'severity = {HKP3 = "warning"}\nper-file-ignores = {"a b/*.py" = ["HKP3"]}\n'
        'verify = {timeout = 1.5, factories = {"pkg.mod:Net" = "pkg.testing:net"}}\n',
    )
    found = settings(tmp_path)
    shown = show(found)
    assert all(character.isprintable() for character in shown.replace("\n", ""))
    toml(shown)
    write(tmp_path, hookproof=shown)
    assert settings(tmp_path) == found
    assert show(settings(tmp_path)) == shown


def test_defaults_are_shown_as_a_file_too(tmp_path: Path) -> None:
    shown = show(Settings())
    write(tmp_path, hookproof=shown)
    left_out = {"root": "", "config": None, "torch_from": ""}
    assert msgspec.structs.replace(settings(tmp_path), **left_out) == msgspec.structs.replace(
        Settings(), **left_out
    )
