"""Where more is to be read: addresses from the metadata of the package, written down nowhere else."""

from __future__ import annotations

from functools import cache


def rule_url(code: str) -> str | None:
    """Return the address of a rule's page; None where the package is not installed, or for no rule."""
    return page(f"rules/{code}/") if code != "HKP000" else None


def page(path: str = "") -> str | None:
    """Return the address of a page of the documentation, of its first page by default."""
    first = _listed().get("Documentation")
    return first and f"{first.rstrip('/')}/{path}"


def repository() -> str | None:
    """Return the address of the repository."""
    return _listed().get("Repository")


@cache
def _listed() -> dict[str, str]:
    """Return what `[project.urls]` of pyproject.toml has, by name."""
    # Imported here: a clean run, and text for pipes, need no addresses.
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        lines = metadata("hookproof").get_all("Project-URL", [])
    except PackageNotFoundError:  # a source tree on the path
        return {}
    pairs = (line.partition(", ") for line in lines)
    return {name: address for name, _, address in pairs}
