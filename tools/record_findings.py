"""Record what `check` finds on source trees, and compare it with what was recorded.

    python tools/record_findings.py torch=SITE_PACKAGES/torch [--write]
    python tools/record_findings.py --download [--write]

For each tree there is a record, `tests/data/findings/NAME.txt`, of every finding in default mode and in
library mode: it keeps a change that is only to make things faster from changing what is said. `--download`
fetches the sources of the packages pinned in `packages.txt` there, without what they depend on, as the trees.
Without `--write`, exits 1 if a tree has other findings than recorded, and prints the lines that differ.
"""

from __future__ import annotations

import argparse
import difflib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from hookproof.session.pipeline import check_paths
from hookproof.settings import resolve

RECORDS = Path(__file__).parent.parent / "tests/data/findings"


def main() -> None:
    """Compare or write the records of the trees given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("trees", nargs="*", metavar="NAME=FOLDER")
    parser.add_argument("--download", action="store_true", help="fetch the packages of packages.txt")
    parser.add_argument("--write", action="store_true", help="write the records instead of comparing")
    arguments = parser.parse_args()
    trees = [tuple(tree.split("=", 1)) for tree in arguments.trees]
    with tempfile.TemporaryDirectory() as folder:
        trees += downloaded(Path(folder)) if arguments.download else ()
        same = [settle(name, Path(tree), is_written=arguments.write) for name, tree in trees]
    sys.exit(not all(same))


def settle(name: str, tree: Path, *, is_written: bool) -> bool:
    """Write the record of a tree, or return whether what is found there is what was recorded."""
    record, now = RECORDS / f"{name}.txt", list(findings(tree))
    if is_written:
        RECORDS.mkdir(exist_ok=True)
        record.write_text("".join(now), encoding="utf-8")
        return True
    before = record.read_text(encoding="utf-8").splitlines(keepends=True)
    sys.stdout.writelines(difflib.unified_diff(before, now, f"{name}, recorded", f"{name}, now", n=0))
    print(f"{name}: {len(now)} lines, {'as recorded' if now == before else 'not as recorded'}")
    return now == before


def findings(tree: Path) -> Iterator[str]:
    """Yield a line for each finding in a tree: in default mode, then in library mode."""
    for is_library in (False, True):
        yield f"# {'library' if is_library else 'default'} mode\n"
        [(settings, paths)] = resolve([str(tree)], {"assume_scripted": is_library}, isolated=True)
        report = check_paths(paths, settings)
        for failure in report.files.failed:
            yield f"{Path(failure.path).relative_to(tree).as_posix()}: {failure.reason}\n"
        for found in report.findings:
            location = f"{Path(found.path).relative_to(tree).as_posix()}:{found.line}:{found.column}"
            yield f"{location}: {found.code} {found.confidence} {found.world} {found.message}\n"


def downloaded(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield name and sources of each pinned package, fetched from the index that pip is set to."""
    for line in (RECORDS / "packages.txt").read_text(encoding="utf-8").split():
        name = line.partition("==")[0]
        target = folder / name
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(target / "dl")]
        subprocess.run([*pip, line], check=True)
        [archive] = (target / "dl").iterdir()
        unpack(archive, target / "src")
        yield name, str(next((target / "src").rglob(f"{name}/__init__.py")).parent)


def unpack(archive: Path, target: Path) -> None:
    """Unpack the Python files of a wheel or of a source archive."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(target, [name for name in wheel.namelist() if name.endswith(".py")])
        return
    with tarfile.open(archive) as sources:
        sources.extractall(target, [each for each in sources if each.isfile() and each.name.endswith(".py")])


if __name__ == "__main__":
    main()
