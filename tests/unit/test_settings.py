"""Settings: where they come from, what is refused, and that each of them changes something."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from findings import finding
from hooked_project import FOUND, environment, hookproof, locations, write_project
from hookproof.exit_status import SettingsError
from hookproof.facts.versions import unmeasured
from hookproof.rules import registry
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings, resolve
from hookproof.source import discover

if sys.version_info >= (3, 11):
    from tomllib import loads as toml
else:
    from tomli import loads as toml


def load(folder: Path, table: str, **overrides: Any) -> Settings:
    (folder / "pyproject.toml").write_text(f"[tool.hookproof]\n{table}\n", encoding="utf-8")
    return resolve([str(folder)], overrides)[0][0]


def test_defaults_then_file_then_command_line(tmp_path: Path) -> None:
    assert Settings().select == ("HKP",)
    assert load(tmp_path, 'select = ["HKP1"]').select == ("HKP1",)
    assert load(tmp_path, 'select = ["HKP1"]', select=("HKP2",)).select == ("HKP2",)
    assert load(tmp_path, 'select = ["HKP1"]', ignore=("HKP101",)).select == ("HKP1",)


def test_the_nearest_file_counts_for_each_path(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    (inner / "deep").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.hookproof]\nignore = ["HKP1"]\n')
    (inner / "pyproject.toml").write_text('[tool.hookproof]\nignore = ["HKP2"]\n')
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "pyproject.toml").write_text("[project]\n")
    paths = [str(tmp_path / name) for name in ("inner/deep", "plain", "inner/deep/new.py", ".")]
    found = {settings.ignore: members for settings, members in resolve(paths)}
    assert found == {("HKP2",): (paths[0], paths[2]), ("HKP1",): (paths[1], paths[3])}


def test_isolated_reads_nothing_and_config_reads_that_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.hookproof]\nnonsense = 1\n")
    other = tmp_path / "other.toml"
    other.write_text('[tool.hookproof]\nignore = ["HKP3"]\n')
    assert resolve([str(tmp_path)], isolated=True)[0][0].config is None
    assert resolve([str(tmp_path)], config=str(other))[0][0].ignore == ("HKP3",)
    with pytest.raises(SettingsError, match="No such file"):
        resolve([str(tmp_path)], config=str(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("nonsense = 1", "tool.hookproof.nonsense: unknown key"),
        ('root = "x"', "tool.hookproof.root: unknown key"),
        ("[tool.hookproof.verify]\nx = 1", "tool.hookproof.verify.x: unknown key"),
        ('select = ["HKP999"]', "tool.hookproof.select: unknown code `HKP999`"),
        ('select = ["HKP3012"]', "unknown code `HKP3012` (`hookproof rules` lists them)"),
        ('select = ["HPK302"]', "unknown code `HPK302` (did you mean `HKP302`?)"),
        ('select = ["F401"]', "tool.hookproof.select: unknown code `F401`"),
        ('ignore = [""]', "tool.hookproof.ignore: unknown code ``"),
        ('per-file-ignores = {"a.py" = ["HKP999"]}', 'per-file-ignores."a.py": unknown code'),
        ('select = "HKP1"', "tool.hookproof.select: must be a list, not text"),
        ('per-file-ignores = {"a.py" = "HKP1"}', "tool.hookproof.per-file-ignores: must be a list, not text"),
        ('assume-scripted = "yes"', "assume-scripted: must be true or false or a list, not text"),
        ("force-exclude = 1", "tool.hookproof.force-exclude: must be true or false, not a whole number"),
        ('output-format = "xml"', "tool.hookproof.output-format: `xml` is none of full, concise, json"),
        (
            'min-confidence = "sure"',
            "tool.hookproof.min-confidence: `sure` is none of possible, likely, certain",
        ),
        ('torch = ["newest"]', "tool.hookproof.torch: `newest` is not a version"),
        ('assume = ["mars"]', "tool.hookproof.assume: `mars` is not a world: script, trace, freeze, load"),
        ('select = ["HKP101"]\nignore = ["HKP101"]', "tool.hookproof.select: no rule is left"),
        ("select = []", "tool.hookproof.select: no rule is left"),
        ('ignore = ["HKP"]', "no rule is left"),
        ("select = [", "is not TOML"),
        ('slect = ["HKP1"]', "tool.hookproof.slect: unknown key (did you mean `select`?)"),
        ("min_confidence = 1", "min_confidence: unknown key (did you mean `min-confidence`?)"),
        ("[tool.hookproof.verify]\ntimout = 1", "verify.timout: unknown key (did you mean `timeout`?)"),
        ('select = ["lambda-hok"]', "unknown code `lambda-hok` (did you mean `lambda-hook`?)"),
        ('output-format = "jsn"', "pylint, sarif (did you mean `json`?)"),
        ('severity = {HKP3 = "fatal"}', "tool.hookproof.severity: `fatal` is none of error, warning"),
        ('severity = {HKP999 = "error"}', "tool.hookproof.severity: unknown code `HKP999`"),
        ("jobs = 0", "tool.hookproof.jobs: must be a whole number, at least 1"),
        ("[tool.hookproof.verify]\ntimeout = 0", "verify.timeout: must be a number, more than 0"),
        ('fail-on = "never"', "tool.hookproof.fail-on: `never` is none of possible, likely, certain"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_and_key(table: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, table)
    assert problem in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("document", ["tool = 1", "[tool]\nhookproof = 1  # tool.hookproof"])
def test_odd_documents(document: str, tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(document)
    if "hookproof" in document:
        with pytest.raises(SettingsError, match=r"tool\.hookproof: must be a table"):
            resolve([str(tmp_path)])
    else:
        assert resolve([str(tmp_path)])[0][0].select == ("HKP",)


@pytest.mark.parametrize(
    ("select", "extend", "ignore", "enabled", "disabled"),
    [
        (("HKP",), (), (), "HKP302", None),
        (("HKP3",), (), (), "HKP302", "HKP101"),
        (("HKP3",), ("HKP101",), (), "HKP101", "HKP102"),
        (("HKP",), (), ("HKP3",), "HKP101", "HKP302"),
        (("HKP302",), (), ("HKP3",), "HKP302", "HKP303"),
        (("HKP3",), (), ("HKP302",), "HKP303", "HKP302"),
        (("HKP3",), (), ("HKP3",), None, "HKP302"),
    ],
)
def test_the_longest_prefix_decides(
    select: tuple[str, ...],
    extend: tuple[str, ...],
    ignore: tuple[str, ...],
    enabled: str | None,
    disabled: str | None,
) -> None:
    settings = Settings(select=select, extend_select=extend, ignore=ignore)
    assert enabled is None or settings.is_enabled(enabled)
    assert disabled is None or not settings.is_enabled(disabled)


@pytest.mark.parametrize(
    ("pattern", "path", "is_ignored"),
    [
        ("tests/*", "tests/a.py", True),
        ("tests", "tests/deep/a.py", True),
        ("tests/", "src/tests/a.py", False),
        ("test_*.py", "pkg/test_a.py", True),
        ("*", "a.py", True),
        ("other.py", "a.py", False),
    ],
)
def test_per_file_ignores(pattern: str, path: str, is_ignored: bool, tmp_path: Path) -> None:
    settings = load(tmp_path, f'per-file-ignores = {{"{pattern}" = ["HKP3"]}}')
    assert settings.wants(finding(str(tmp_path / path))) is not is_ignored
    assert settings.wants(finding(str(tmp_path / path), code="HKP101"))


@pytest.mark.parametrize(
    ("versions", "since", "until", "holds"),
    [
        ((), "2.0", None, True),
        (("1.13",), "2.0", None, False),
        (("1.13", "2.1"), "2.0", None, True),
        (("2.10",), "2.9", None, True),
        (("2.4",), None, "2.4", False),
        (("2.3.1",), None, "2.4", True),
        (("1.8",), None, None, True),
    ],
)
def test_supported_torch_versions(
    versions: tuple[str, ...], since: str | None, until: str | None, holds: bool
) -> None:
    assert Settings(torch=versions).supports(since, until) is holds


def test_library_mode_for_some_classes() -> None:
    assert Settings(assume_scripted=True).may_be_scripted(None)
    assert not Settings().may_be_scripted("pkg.Net")
    some = Settings(assume_scripted=("pkg.Net",))
    assert some.may_be_scripted("pkg.Net")
    assert not some.may_be_scripted("pkg.Other")
    assert not some.may_be_scripted(None)


def test_default_exclusions_are_those_of_discovery() -> None:
    assert Settings().exclude == discover.DEFAULT_EXCLUDE
    assert Settings(exclude=("a",), extend_exclude=("b",)).excluded == ("a", "b")


# --- each option changes what the real command does --------------------------------------------------------

LIBRARY = "def watch(model, seen):\n    for m in model.modules():\n        m.register_forward_hook(seen)\n"
# key: table of pyproject.toml, the same on the command line, files that are needed for it to matter.
CHANGES: dict[str, tuple[str, list[str], dict[str, str]]] = {
    "select": ('select = ["HKP302"]', ["--select=HKP302"], {}),
    "extend-select": (
        'ignore = ["HKP3", "HKP2"]\nextend-select = ["HKP302"]',
        ["--ignore=HKP3,HKP2", "--extend-select=HKP302"],
        {},
    ),
    "ignore": ('ignore = ["HKP302"]', ["--ignore=HKP302"], {}),
    "per-file-ignores": ('per-file-ignores = {"pkg/hooks.py" = ["HKP3"]}', [], {}),
    "exclude": ('exclude = ["hooks.py"]', ["--exclude=hooks.py"], {}),
    "extend-exclude": ('extend-exclude = ["hooks.py"]', ["--extend-exclude=hooks.py"], {}),
    "force-exclude": (
        'force-exclude = true\nextend-exclude = ["hooks.py"]',
        ["--force-exclude", "--extend-exclude=hooks.py", "pkg/hooks.py"],
        {},
    ),
    "src": (
        'src = [".", "lib"]',
        ["--src=.", "--src=lib"],
        {
            "lib/far.py": "from pkg.hooks import count\n",
            "pkg/main.py": (
                "import torch\nfrom far import count\nfrom pkg.net import Net\n\n\ndef build():\n"
                "    net = Net()\n    net.register_forward_hook(count)\n    return torch.jit.script(net)\n"
            ),
        },
    ),
    "assume-scripted": ("assume-scripted = true", ["--assume-scripted"], {"pkg/lib.py": LIBRARY}),
    "assume": ('assume = ["script"]', ["--assume=script"], {"pkg/lib.py": LIBRARY}),
    "min-confidence": (
        'min-confidence = "possible"',
        ["--min-confidence=possible"],
        {"pkg/lib.py": LIBRARY},
    ),
    "severity": ('severity = {HKP302 = "warning"}', [], {}),
    "output-format": ('output-format = "json-lines"', ["--output-format=json-lines"], {}),
}
# These are tested by their own tests: no rule so far holds for some versions only; verify has its own, and a
# cache changes nothing that is found, nor does what is fixed of it.
FIXES = {"fixable", "unfixable", "extend-safe-fixes", "extend-unsafe-fixes"}
ELSEWHERE = {"torch", "verify", "cache-dir", "extend", "jobs", "fail-on", "baseline", *FIXES}


def test_every_setting_is_walked() -> None:
    keys = {field.encode_name for field in msgspec.structs.fields(Settings)} - {
        "root",
        "config",
        "torch-from",
    }
    assert keys == set(CHANGES) | ELSEWHERE


@pytest.mark.parametrize("key", CHANGES)
def test_each_setting_changes_what_is_found_the_same_from_file_and_command_line(
    key: str, tmp_path: Path
) -> None:
    table, arguments, files = CHANGES[key]
    write_project(tmp_path, files)
    given = [argument for argument in arguments if not argument.startswith("-")]
    plain = {"output-format": [], "severity": ["--output-format=github"]}.get(
        key, ["--output-format=concise"]
    )
    before = hookproof("check", *plain, *given, cwd=tmp_path).stdout
    by_option = hookproof("check", *plain, *arguments, cwd=tmp_path)
    (tmp_path / "pyproject.toml").write_text(f"[tool.hookproof]\n{table}\n")
    by_file = hookproof("check", *plain, *given, cwd=tmp_path)
    assert by_file.stdout != before
    if arguments:
        assert by_option.stdout == by_file.stdout
    isolated = hookproof("check", "--isolated", *plain, *given, cwd=tmp_path)
    assert isolated.stdout == before


def test_a_torch_version_silences_rules_that_hold_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hookproof.session.pipeline import check_paths

    write_project(tmp_path)
    monkeypatch.setattr(type(registry.rule("HKP302")), "since", "2.5")
    for version, codes in (("2.4", {"HKP201"}), ("2.5", {"HKP201", "HKP302"})):
        settings = load(tmp_path, f'torch = ["{version}"]')
        assert {found.code for found in check_paths([str(tmp_path)], settings).findings} == codes


def test_show_settings_and_show_files(tmp_path: Path) -> None:
    write_project(tmp_path, {"pyproject.toml": '[tool.hookproof]\nextend-exclude = ["net.py"]\n'})
    shown = hookproof("check", "--show-settings", "--ignore=HKP101", cwd=tmp_path)
    values = toml(shown.stdout)
    assert values["extend-exclude"] == ["net.py"]
    assert values["ignore"] == ["HKP101"]
    assert shown.stdout.startswith(f'# from: "{tmp_path / "pyproject.toml"}"\n')
    files = hookproof("check", "--show-files", cwd=tmp_path)
    assert files.stdout.splitlines() == ["pkg/__init__.py", "pkg/hooks.py", "pkg/main.py"]
    assert (shown.returncode, files.returncode) == (0, 0)


def test_an_error_ends_the_command_with_two(tmp_path: Path) -> None:
    write_project(tmp_path, {"pyproject.toml": "[tool.hookproof]\nselct = []\n"})
    done = hookproof("check", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    where = f"hookproof: {tmp_path / 'pyproject.toml'}: tool.hookproof"
    assert done.stderr == f"{where}.selct: unknown key (did you mean `select`?)\n"
    assert (
        locations(hookproof("check", "--isolated", "--output-format=concise", cwd=tmp_path).stdout) == FOUND
    )


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("pkg.net.Net", None),
        ("pkg.net.Nett", "is defined in the project"),
        ("pkg.nope.Net", "is defined in the project"),
        # Where it is defined, not where it is imported.
        ("pkg.Net", "is defined in the project"),
        ("Net", "is defined in the project"),
        # Nothing is known of other packages, but that nothing uses the class.
        ("torchvision.models.ResNet", None),
        ("trchvision.models.ResNet", "is used in the project: nothing mentions `trchvision`"),
        ("torchvision.models.ResNat", "is used in the project: nothing mentions `ResNat`"),
        ("torchvision.modls.ResNet", "is used in the project: nothing mentions `modls`"),
        ("torch.nn.TransformerDecoderLayer", None),
        (
            "torch.nn.TransformerDecodrLayer",
            "is used in the project: nothing mentions `TransformerDecodrLayer`",
        ),
        ("pkgs.net.Net", "is used in the project: nothing mentions `pkgs`"),
    ],
)
@pytest.mark.parametrize("path", [".", "pkg/hooks.py"])
def test_a_module_class_that_there_is_not(path: str, name: str, problem: str | None, tmp_path: Path) -> None:
    changes = {
        "pyproject.toml": f'[tool.hookproof]\nassume-scripted = ["{name}"]\n',
        "pkg/other.py": "from torchvision.models import ResNet as Other\n",
    }
    write_project(tmp_path, changes)
    done = hookproof("check", path, cwd=tmp_path)
    if problem is not None:
        where = f"{tmp_path / 'pyproject.toml'}: tool.hookproof.assume-scripted"
        assert done.stderr == f"hookproof: {where}: no class `{name}` {problem}\n"
        assert (done.returncode, done.stdout) == (2, "")
    else:
        assert done.returncode == 1


def test_codes_given_as_nothing_take_the_location_of_the_files(tmp_path: Path) -> None:
    write_project(tmp_path, {"pyproject.toml": '[tool.hookproof]\nignore = ["HKP302"]\n'})
    assert locations(hookproof("check", "--output-format=concise", "--ignore=", cwd=tmp_path).stdout) == FOUND
    none = hookproof("check", "--select=", cwd=tmp_path)
    assert (none.returncode, none.stderr) == (2, "hookproof: --select: no rule is left selected\n")


def test_a_baseline_of_the_settings_is_heeded_by_every_command(tmp_path: Path) -> None:
    write_project(tmp_path)
    assert hookproof("check", "--write-baseline=known.json", cwd=tmp_path).returncode == 0
    (tmp_path / "pyproject.toml").write_text('[tool.hookproof]\nbaseline = "known.json"\n')
    assert hookproof("check", cwd=tmp_path).returncode == 0
    flake8 = [sys.executable, "-m", "flake8", "--select=HKP"]
    assert subprocess.run(flake8, cwd=tmp_path, env=environment(), check=False).returncode == 0
    (tmp_path / "pyproject.toml").write_text('[tool.hookproof]\nbaseline = "none.json"\n')
    missing = hookproof("check", "pkg", cwd=tmp_path)
    wanted = f"hookproof: {tmp_path / 'none.json'}: cannot be read: No such file or directory\n"
    assert (missing.returncode, missing.stderr) == (2, wanted)


@pytest.mark.parametrize(
    ("least", "confidence", "fails"),
    [
        ("possible", "possible", True),
        ("likely", "possible", False),
        ("likely", "likely", True),
        ("certain", "likely", False),
        ("certain", "certain", True),
    ],
)
def test_only_what_is_sure_enough_fails(least: Any, confidence: Any, fails: bool) -> None:
    assert Settings(fail_on=least).fails((finding(confidence=confidence),)) is fails
    assert not Settings(fail_on=least).fails(())


def test_what_fails_nothing_is_reported_all_the_same(tmp_path: Path) -> None:
    write_project(tmp_path, {"pkg/main.py": LIBRARY})
    given = ("check", "--assume-scripted", "--output-format=concise")
    whole = hookproof(*given, cwd=tmp_path)
    assert (whole.returncode, "[possible" in whole.stdout) == (1, True)
    by_option = hookproof(*given, "--fail-on=likely", cwd=tmp_path)
    assert (by_option.returncode, by_option.stdout) == (0, whole.stdout)
    (tmp_path / "hookproof.toml").write_text('fail-on = "certain"\n')
    assert hookproof(*given, cwd=tmp_path).returncode == 0
    (tmp_path / "pkg" / "broken.py").write_text("import torch\ntorch.jit.script(\n")
    assert hookproof(*given, cwd=tmp_path).returncode == 2


WATCHING = """\
from torch import nn


def show(module, input, output):
    print(output.shape)


def watch(model: nn.Module):
    model.register_forward_hook(show)
"""


def test_worlds_that_are_named_are_those_of_possible_findings(tmp_path: Path) -> None:
    (tmp_path / "lib.py").write_text(WATCHING)
    ((settings, _),) = resolve([str(tmp_path)], {"min_confidence": "possible", "assume": ("export",)})
    assert {each.world for each in check_paths([str(tmp_path)], settings).findings} == {"exported"}
    ((settings, _),) = resolve([str(tmp_path)], {"min_confidence": "possible"})
    assert {each.world for each in check_paths([str(tmp_path)], settings).findings} == {
        "compiled",
        "registration",
    }


@pytest.mark.parametrize(
    ("versions", "named"),
    [(("9.9",), ["9.9"]), (("1.2", "2.4"), ["1.2"]), (("2.4", ">=2", "2.13.1+cpu"), []), (("1.8",), [])],
)
def test_versions_that_nothing_was_measured_of(versions: tuple[str, ...], named: list[str]) -> None:
    assert [each.version for each in unmeasured(versions)] == named
