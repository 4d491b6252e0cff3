"""Write docs/rules/, docs/torch-versions.md, the schema of settings and the tables in docs/.

`python tools/make_docs.py` writes them, `--check` only says what is out of date (exit status 1).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from hookproof.output import versions_page, worlds_table
from hookproof.output.explain import page
from hookproof.output.rules_table import markdown as table
from hookproof.rules.registry import rules
from hookproof.settings import reference, schema

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "rules"
VERSIONS = ROOT / "docs" / "torch-versions.md"
SCHEMA = ROOT / "docs" / schema.NAME


def made() -> dict[Path, str]:
    """Return every generated file with its text. Raises `ValueError` where a marker is lost."""
    tables = {
        "rules.md": {"rules": table(rules(), "rules/")},
        "settings.md": {"settings": reference.markdown()},
        "worlds.md": {"worlds": worlds_table.standings(), "fates": worlds_table.fates()},
    }
    return {
        **{PAGES / f"{rule.code}.md": page(rule) for rule in rules()},
        **{ROOT / "docs" / name: _with_tables(ROOT / "docs" / name, made) for name, made in tables.items()},
        VERSIONS: versions_page.markdown(),
        SCHEMA: schema.text(),
    }


def _with_tables(path: Path, tables: Mapping[str, str]) -> str:
    text = path.read_text("utf-8")
    for name, made in tables.items():
        first, last = f"<!-- {name}: made by tools/make_docs.py -->\n", f"<!-- end of {name} -->\n"
        before, begin, rest = text.partition(first)
        _, end, after = rest.partition(last)
        if not begin or not end:
            raise ValueError(f"{path} has lost a marker: {first.strip()} … {last.strip()}")
        text = f"{before}{begin}\n{made}\n{end}{after}"
    return text


def stale() -> list[Path]:
    """Return the generated files that are missing, differ, or belong to no rule."""
    wanted = made()
    differing = [
        path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text
    ]
    return differing + [path for path in PAGES.glob("*") if path not in wanted]


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` say which are out of date."""
    outdated = stale()
    wanted = made()
    for path in outdated:
        print(
            f"{path.relative_to(ROOT)} is out of date" if "--check" in arguments else path.relative_to(ROOT)
        )
        if "--check" not in arguments and path in wanted:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path], "utf-8")
        elif "--check" not in arguments:
            path.unlink()
    return int("--check" in arguments and bool(outdated))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
