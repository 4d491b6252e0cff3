"""What becomes of a hook in every world, as one line that a person can read."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.report import HookFate, HookSite

_PHRASES: dict[HookFate, str] = {
    "survives": "survives",
    "depends": "depends on its place in",
    "differs": "differs in",
    "duplicated": "duplicated by",
    "runs once": "runs once in",
    "not called": "not called in",
    "dropped": "dropped by",
    "refused": "refused by",
}


def line(site: HookSite) -> str:
    """Return `survives compile; runs once in export (HKP601)`, empty where nothing is known."""
    return "; ".join(_groups(site))


def short_line(site: HookSite) -> str:
    """Return `survives: compile, copy / lost in: export, script`, for where there is little room."""
    survived = [each.world for each in site.fates if each.fate == "survives"]
    lost = [each.world for each in site.fates if each.fate not in {"survives", "depends", "unknown"}]
    parts = (("survives", survived), ("lost in", lost))
    return " / ".join(f"{title}: {', '.join(worlds)}" for title, worlds in parts if worlds)


def _groups(site: HookSite) -> Iterator[str]:
    for fate, phrase in _PHRASES.items():
        worlds: dict[tuple[str, ...], list[str]] = {}
        for each in site.fates:
            if each.fate == fate:
                worlds.setdefault(each.codes, []).append(each.world)
        if worlds:
            yield f"{phrase} {', '.join(_named(*group) for group in worlds.items())}"


def _named(codes: tuple[str, ...], worlds: list[str]) -> str:
    """Return the worlds in which the same rules speak of a hook: `script, freeze (HKP204, HKP213)`."""
    return ", ".join(worlds) + (f" ({', '.join(codes)})" if codes else "")
