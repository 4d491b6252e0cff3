"""Build the documentation site into build/site: `python tools/make_site.py [FOLDER]`.

The pages are those of docs/ and those that stand beside it, README.md being the start page; links between
them lead to the site, and others into the repository. The navigation is that of mkdocs.yml, with the pages
of rules by family, and under "How to" each page that nobody has named there. A warning of zensical is an
error.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from hookproof.rules.registry import rules
from hookproof.worlds.registry import families, family

ROOT = Path(__file__).parent.parent
BESIDE = {
    "README.md": "index.md",
    **{name: name for name in ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")},
}
_LINK = re.compile(r"(\]\()([^)\s#]+)")


def stage(folder: Path) -> None:
    """Write the configuration and the pages that zensical is given."""
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    config["nav"] = navigation(config["nav"])
    shutil.rmtree(folder / "pages", ignore_errors=True)
    shutil.copytree(ROOT / "docs", folder / "pages")
    for name, page in BESIDE.items():
        (folder / "pages" / page).write_text(_linked((ROOT / name).read_text("utf-8"), "", config), "utf-8")
    for path in (folder / "pages").rglob("*.md"):
        above = "../" * len(path.relative_to(folder / "pages").parts)
        path.write_text(_linked(path.read_text("utf-8"), above, config), "utf-8")
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")


def navigation(nav: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the navigation with the pages of rules, and those of docs/ that it does not name."""
    named = set(re.findall(r"[\w/-]+\.md", str(nav)))
    sections = {title: pages for section in nav for title, pages in section.items()}
    for each in families():
        pages = [f"rules/{rule.code}.md" for rule in rules() if family(rule.code) == each]
        if pages:
            sections["Rules"].append({f"{each.prefix:x<6}": pages})
    sections["How to"] += [
        page.name for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in named
    ]
    return nav


def _linked(text: str, above: str, config: dict[str, Any]) -> str:
    """Return a page whose links to what lies `above` docs/ lead to the site, or into the repository."""

    def replaced(match: re.Match[str]) -> str:
        target = match[2]
        if "://" in target or not target.startswith(above) or target in BESIDE.values():
            return match[0]
        target = target.removeprefix(above)
        if target.startswith("docs/"):
            return match[1] + target.removeprefix("docs/")
        kind = "raw" if target.endswith(".svg") else "blob"  # a picture is shown, a page is read
        return match[1] + BESIDE.get(target, f"{config['repo_url']}/{kind}/main/{target}")

    return _LINK.sub(replaced, text)


def main(arguments: list[str]) -> int:
    """Build the site; return the exit status."""
    folder = Path(*arguments) if arguments else ROOT / "build"
    folder.mkdir(parents=True, exist_ok=True)
    stage(folder)
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    return subprocess.run(command, cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
