"""What is handed out: sdist and wheel have what they should, and pass the checks of the package index."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path
from zipfile import ZipFile

import pytest

from built import distributions as build
from built import outside
from hookproof import __version__
from hookproof.urls import repository
from places import ROOT

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory)


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> ZipFile:
    """Return the wheel as it is built from the sdist."""
    (file,) = distributions.glob("*.whl")
    assert file.name == f"hookproof-{__version__}-py3-none-any.whl"
    return ZipFile(file)


def test_what_is_released_passes_the_checks_of_the_index_and_names_one_version(distributions: Path) -> None:
    command = [sys.executable, str(ROOT / "tools/check_release.py"), f"v{__version__}", str(distributions)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = subprocess.run(
        [*command[:2], "v9.9.9", *command[3:]], capture_output=True, text=True, check=False
    )
    assert (wrong.returncode, wrong.stdout.splitlines()[0]) == (
        1,
        f"the tag is v9.9.9, the package {__version__}",
    )


def test_the_changelog_tells_users_of_each_release_on_a_page_or_two() -> None:
    _, *releases = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text("utf-8"), flags=re.M)
    assert releases[0].startswith("Unreleased\n")
    assert f"{__version__} - " in releases[1]
    assert all(release.count("\n") < 120 for release in releases)


def test_the_sdist_has_what_building_and_testing_it_needs(distributions: Path) -> None:
    (file,) = distributions.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "constraints.txt",
        "tools/make_docs.py",
    }
    assert needed | {"src/hookproof/__init__.py", "tests/conftest.py", "docs/ci.md"} <= names
    assert not [
        name for name in names if "__pycache__" in name or name.startswith((".git/", "dist/", "build/"))
    ]


def test_the_index_shows_a_readme_whose_links_lead_somewhere(wheel: ZipFile) -> None:
    metadata = wheel.read(f"hookproof-{__version__}.dist-info/METADATA").decode()
    links = re.findall(r"\]\(([^)]+)\)", metadata.partition("\n\n")[2])
    own = [link for link in links if link.startswith(f"{repository()}/blob/main/")]
    assert len(own) > 10
    assert all((ROOT / link.partition("/main/")[2].partition("#")[0]).exists() for link in own)
    assert all(link.startswith(("https://", "#")) for link in links)


def test_a_typed_program_that_uses_the_package_is_checked(distributions: Path, tmp_path: Path) -> None:
    (file,) = distributions.glob("*.whl")
    with ZipFile(file) as archive:
        archive.extractall(tmp_path / "installed")
    client = tmp_path / "client.py"
    client.write_text(
        "from hookproof.finding import Finding\n"
        "from hookproof.report import Report\n\n\n"
        "def lines(report: Report) -> list[int]:\n"
        "    return [finding.line for finding in report.findings]\n\n\n"
        "def code(finding: Finding) -> int:\n"
        "    return finding.code\n"
    )
    config = tmp_path / "mypy.ini"
    config.write_text(
        f"[mypy]\nstrict = True\nmypy_path = {tmp_path / 'installed'}\nfollow_imports = silent\n"
    )
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), "client.py"]
    done = subprocess.run(command, cwd=tmp_path, env=outside(), capture_output=True, text=True, check=False)
    wanted = 'client.py:10: error: Incompatible return value type (got "str", expected "int")  [return-value]'
    assert done.stdout.splitlines() == [wanted, "Found 1 error in 1 file (checked 1 source file)"]


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
