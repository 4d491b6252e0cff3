"""What is handed out: the wheel has the package and all that it needs, and the licences are as listed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path
from zipfile import ZipFile

import pytest

from places import ROOT

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """Return the wheel as pip builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True, timeout=300)
    (built,) = folder.iterdir()
    assert built.name.endswith("-py3-none-any.whl")
    return ZipFile(built)


def test_the_wheel_has_every_file_of_the_package_and_no_other(wheel: ZipFile) -> None:
    sources = ROOT / "src"
    expected = {
        str(path.relative_to(sources))
        for path in (sources / "hookproof").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = set(wheel.namelist())
    own = {name for name in packed if not name.partition("/")[0].endswith(".dist-info")}
    assert own == expected
    assert packed - own == {
        f"hookproof-{distribution('hookproof').version}.dist-info/{name}"
        for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }


@pytest.mark.parametrize(
    "name",
    [
        "py.typed",
        "verify/worker.py",
        "verify/target/witness/records.py",
        "output/schemas/findings.schema.json",
        "output/schemas/hooks.schema.json",
        "output/schemas/witness.schema.json",
        "output/page/hooks.css",
        "output/page/hooks.js",
    ],
)
def test_the_wheel_has_what_is_no_import(name: str, wheel: ZipFile) -> None:
    assert wheel.getinfo(f"hookproof/{name}").file_size > 0 or name == "py.typed"


def test_the_wheel_runs_by_itself(wheel: ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "installed")
    program = "import sys; sys.path.insert(0, sys.argv[1]); import hookproof.cli as it; print(it.__file__)"
    program += "; it.main(['rules'])"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, str(tmp_path / "installed")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))
    assert "HKP302" in done.stdout


# --- licences ------------------------------------------------------------------------------------------


def test_every_dependency_is_listed() -> None:
    needed, optional = _tables()
    direct = {_name(each) for each in requires("hookproof") or () if "extra ==" not in each}
    assert direct == {name for name, (_, purpose) in needed.items() if purpose}
    assert direct | _below(direct) <= needed.keys()
    extras = {_name(each) for each in requires("hookproof") or () if re.search(r"extra == .(?!dev)", each)}
    assert extras == optional.keys()


def test_the_licences_are_those_of_the_packages() -> None:
    needed, optional = _tables()
    compared = 0
    for name, (licence, _) in {**needed, **optional}.items():
        try:
            said = _licence(name)
        except PackageNotFoundError:  # not on this Python
            continue
        assert licence.partition(" ")[0] in said, name
        compared += 1
    assert compared > 6


def _tables() -> list[dict[str, tuple[str, str]]]:
    """Return each table of the page: licence and purpose by package."""
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    rows = re.compile(r"^\| ([a-z0-9-]+) \| ([^|]+) \| ([^|]*?) ?\|$", re.M)
    return [
        {name: (licence, purpose) for name, licence, purpose in rows.findall(part) if name != "package"}
        for part in text.split("Only with an extra")
    ]


def _name(requirement: str) -> str:
    found = _NAME.match(requirement)
    assert found
    return found[0].lower()


def _below(names: set[str]) -> set[str]:
    """Return what these packages need themselves, as far as it is installed."""
    found = {each for name in names for each in _needed(name)}
    return found | _below(found - names) if found - names else found


def _needed(name: str) -> Iterator[str]:
    try:
        listed = requires(name) or []
    except PackageNotFoundError:
        return
    for each in listed:
        if "extra ==" not in each and not re.search(r"python_version < .3\.10", each):
            yield _name(each)


def _licence(name: str) -> str:
    about = distribution(name).metadata
    classifiers = " ".join(each for each in about.get_all("Classifier", []) if each.startswith("License"))
    said = " ".join(filter(None, (about.get("License-Expression"), about.get("License"), classifiers)))
    return said.replace("BSD License", "BSD-3-Clause")
