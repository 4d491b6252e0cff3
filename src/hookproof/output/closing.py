"""The closing line on stderr: what was checked, how long it took, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from hookproof.facts.futures import future_of_torchscript
from hookproof.finding import Finding
from hookproof.report import Report
from hookproof.worlds import registry
from hookproof.worlds.world import World


def closing(report: Report, seconds: float, unused: int = 0, *, names_worlds: bool = False) -> Iterator[str]:
    """Yield the lines that end a run of `check`, which may have met `unused` suppressions.

    `names_worlds` says that it was asked about some worlds, so that others stay hidden.
    """
    found = _findings(report) + (f", {counted(unused, 'unused noqa code')}" if unused else "")
    yield _first(found, report, seconds)
    hidden = _only_if(world for world in registry.worlds() if world.is_guessed) if report.hidden else ""
    if hidden:
        noun = counted(report.hidden, "possible finding")
        applies = "it applies" if report.hidden == 1 else "they apply"
        showing = "" if names_worlds else "`--min-confidence possible` or "
        yield f"{noun} hidden; {applies} {hidden}: see {showing}`--assume-scripted`"
    guesses = [finding for finding in report.findings if finding.confidence == "possible"]
    shown = _only_if(world for each in guesses for world in registry.concerned(each.world, each.code))
    if guesses and shown != hidden:
        yield f"`possible`: applies {shown}"
    future = future_of_torchscript(report.torch) if any(map(_is_torchscript, report.findings)) else None
    if future is not None:
        from hookproof.urls import page  # few runs lead there

        yield f"{future} ({page('torch-versions/') or 'docs/torch-versions.md'})"
    if any(finding.fix is not None and finding.fix.safe for finding in report.findings):
        yield "Next: `hookproof check --diff` shows what `--fix` would change"
    elif report.findings:
        code = report.findings[0].code
        yield f"Next: `hookproof explain {code}` says why, `hookproof verify` checks findings against torch"


def _is_torchscript(finding: Finding) -> bool:
    return any(world.suite == "scripted" for world in registry.concerned(finding.world, finding.code))


def _only_if(worlds: Iterable[World]) -> str:
    return f"only if someone {registry.acts(worlds)} the module"


def closing_of_hooks(report: Report, seconds: float, left_out: int) -> Iterator[str]:
    """Yield the lines that end a run of `hooks`, whose filters left some out."""
    yield _first(_hooks(report, left_out), report, seconds)
    meanings = "; ".join(_meanings(report))
    if meanings:
        yield meanings
    if report.hooks:
        yield "Next: `hookproof check` says which break, `--output-format html` makes a page of them"


def _first(found: str, report: Report, seconds: float) -> str:
    files = report.files
    others = sum(each.reason.startswith("not Python") for each in files.skipped)
    counts = ((files.excluded, "excluded"), (others, "not Python"))
    skipped = ", ".join(f"{number} {reason}" for number, reason in counts if number)
    if not files.checked and not files.failed:
        return f"No Python files under the given paths{skipped and f' ({skipped})'}"
    failed = counted(len(files.failed), "failure") if files.failed else ""
    parts = (f"{counted(files.checked, 'file')} checked, {files.parsed} parsed", skipped, failed)
    return f"{found} ({', '.join(filter(None, parts))}, {seconds:.1f} s)"


def _meanings(report: Report) -> Iterator[str]:
    if any(not site.worlds for site in report.hooks):
        yield "`eager`: this code does not show that the module leaves eager mode"
    if any(site.guarded for site in report.hooks):
        yield "`guarded`: a test keeps ScriptModules out"


def statistics(report: Report) -> Iterator[str]:
    """Yield for each code how many findings there are, most frequent first."""
    counts = Counter((finding.code, finding.rule) for finding in report.findings)
    width = len(str(max(counts.values(), default=0)))
    for (code, rule), number in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{number:>{width}} {code} {rule}\n"


def _findings(report: Report) -> str:
    if not report.findings:
        return "Nothing found in what could be analysed" if report.files.failed else "Nothing found"
    errors = sum(finding.severity == "error" for finding in report.findings)
    warnings = len(report.findings) - errors
    parts = [counted(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    return f"Found {', '.join(parts)}"


def _hooks(report: Report, left_out: int) -> str:
    # A utility such as `weight_norm` brings a hook of torch's own.
    unresolved = sum(not site.hooks and not site.api.startswith("torch.") for site in report.hooks)
    known = f", {unresolved} whose hook is not known" if unresolved else ""
    others = f", {left_out} filtered out" if left_out else ""
    return f"{counted(len(report.hooks), 'registration')}{known}{others}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the singular where it is one."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
