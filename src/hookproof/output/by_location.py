"""Findings by what ties them to a registration."""

from __future__ import annotations

from collections.abc import Iterable

from hookproof.finding import Finding, HookReference
from hookproof.report import HookSite


class ByLocation:
    """The findings of a report by what ties them to a registration, each looked up once for all sites."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._of_registration: dict[tuple[str, int], list[int]] = {}
        self._at: dict[tuple[str, int], list[int]] = {}
        self._of_hook: dict[HookReference, list[int]] = {}
        self._findings = tuple(findings)
        for number, finding in enumerate(self._findings):
            subject = finding.subject
            if subject is not None and subject.registration_path is not None:
                key = subject.registration_path, subject.registration_line
                self._of_registration.setdefault(key, []).append(number)
                continue
            self._at.setdefault((finding.path, finding.line), []).append(number)
            if finding.hook is not None:
                self._of_hook.setdefault(finding.hook, []).append(number)

    def on(self, site: HookSite) -> tuple[Finding, ...]:
        """Return the findings that concern a site, in the report's order."""
        location = (site.path, site.line)
        found = {*self._of_registration.get(location, ()), *self._at.get(location, ())}
        for hook in (site.hook, *site.hooks):
            if hook is not None:
                found.update(self._of_hook.get(hook, ()))
        return tuple(self._findings[number] for number in sorted(found))
