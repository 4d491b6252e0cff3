"""Checks and verifies programs in their layouts, and counts what came out.

`python tests/support/layout_verdicts.py SHARE [FROM]` runs each SHARE-th program in all layouts.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from hookproof.finding import Finding
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from hookproof.verify.plan import plan
from hookproof.verify.run import Limits, ask
from hookproof.verify.verdict import verdict_of
from layout_plants import planted
from layout_programs import Laid, in_layouts, sources
from layouts import LAYOUTS


@dataclass
class Seen:
    """What was found in programs in layouts, planted on them, and found in one layout but not in another."""

    findings: list[tuple[Laid, Finding]] = field(default_factory=list)
    plants: list[tuple[Laid, Finding]] = field(default_factory=list)
    differences: list[tuple[Laid, Path, frozenset[str], frozenset[str]]] = field(default_factory=list)


def found(each: Laid, path: Path) -> list[Finding]:
    """Return what `check` shows of a program; what is only possible counts where that was asked for."""
    report = check_paths([str(path.parent)], Settings(assume_scripted=each.source.assume_scripted))
    assert not report.files.failed
    return [f for f in report.findings if f.confidence != "possible" or each.source.assume_scripted]


def seen(programs: Iterable[Laid], folder: Path) -> Seen:
    """Write and check programs, and plant wrong findings on those that survive."""
    result = Seen()
    survivors = []
    models: dict[str, list[Finding]] = defaultdict(list)
    for number, each in enumerate(programs):
        path = each.write(folder / f"p{number}")
        (path.parent / "pyproject.toml").write_text("", "utf-8")
        findings = found(each, path)
        result.findings += [(each, finding) for finding in findings]
        expected, codes = frozenset(each.source.codes), frozenset(f.code for f in findings)
        if codes != expected:
            result.differences.append((each, path, expected - codes, codes - expected))
        if each.source.kind == "survives":
            survivors.append((each, path))
        elif not each.source.others:
            known = models[each.source.family]
            known += [finding for finding in findings if _is_model(each, finding, known)]
    result.plants = list(planted(survivors, models))
    return result


def _is_model(each: Laid, finding: Finding, known: Sequence[Finding]) -> bool:
    """Return whether a finding is to be planted elsewhere: up to three of a fixture, one of the forms."""
    if each.source.family == "form":
        return not known and (finding.code, finding.attribute) == ("HKP302", "m.cache")
    same = [other for other in known if other.code == finding.code]
    return len(same) < 3 and finding.attribute not in [other.attribute for other in same if other.attribute]


def verified(pairs: Sequence[tuple[Laid, Finding]], jobs: int = 2) -> list[tuple[Laid, Finding]]:
    """Return the findings with torch's verdicts."""
    findings = [finding for _, finding in pairs]
    answers = {a["id"]: a for a in ask(sys.executable, plan(findings), Limits(timeout=60, jobs=jobs))}
    return [
        (each, msgspec.structs.replace(finding, verdict=verdict_of(finding, answers[number])))
        for number, (each, finding) in enumerate(pairs)
    ]


def table(pairs: Iterable[tuple[Laid, Finding]], by_rule: bool = False) -> str:
    """Return verdicts by layout, or by rule, as rows of a Markdown table."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for each, finding in pairs:
        assert finding.verdict
        counts[finding.code if by_rule else each.layout][finding.verdict.status] += 1
        counts["all"][finding.verdict.status] += 1
    rows = []
    for name, count in sorted(counts.items(), key=lambda item: (item[0] == "all", item[0])):
        share = count["confirmed"] / count.total()
        figures = [count["confirmed"], f"{share:.1%}", count["refuted"], count["inconclusive"]]
        rows.append(f"| {name} | " + " | ".join(map(str, figures)) + " |")
    return "\n".join(["| | confirmed | | refuted | inconclusive |", "|---|---:|---:|---:|---:|", *rows])


def shown(each: Laid, finding: Finding) -> str:
    """Return one line on a finding and its verdict."""
    assert finding.verdict
    verdict = finding.verdict
    line = Path(finding.path).read_text("utf-8").splitlines()[finding.line - 1].strip()
    location = f"[{each.layout}] {each.source.origin} {finding.path}:{finding.line} `{line[:60]}`"
    said = f"{verdict.reason[:200]} {(verdict.error or '')[:120]}"
    return f"{finding.code} {finding.confidence} {verdict.status} {location}: {said}"


def main(share: int, first: int) -> None:
    """Print tables of verdicts, then what is unlike the program's own layout, unconfirmed or unrefuted."""
    start = time.monotonic()
    chosen = sources()[first::share]
    programs, cannot = in_layouts((source, layout) for source in chosen for layout in LAYOUTS)
    folder = tempfile.mkdtemp(prefix="layouts-")  # kept: the failures that are listed are in it
    result = seen(programs, Path(folder).resolve())
    print(f"{len(programs)} programs checked after {time.monotonic() - start:.0f} s", flush=True)
    confirmed, refuted = verified(result.findings), verified(result.plants)
    print(f"{len(confirmed) + len(refuted)} verdicts after {time.monotonic() - start:.0f} s\n")
    print("\n".join(f"{count} {layout}: {why}" for (layout, why), count in cannot.most_common()))
    print("\nFindings\n" + table(confirmed) + "\n\n" + table(confirmed, by_rule=True))
    print("\nPlanted on survivors\n" + table(refuted) + "\n\n" + table(refuted, by_rule=True) + "\n")
    for each, path, missing, new in result.differences:
        location = f"[{each.layout}] {each.source.origin} {path}"
        print(f"DIFFERS {location}: missing {sorted(missing)}, new {sorted(new)}")
    print("\n".join(f"NOT CONFIRMED {shown(*pair)}" for pair in confirmed if not _is(pair[1], "confirmed")))
    print("\n".join(f"NOT REFUTED {shown(*pair)}" for pair in refuted if not _is(pair[1], "refuted")))


def _is(finding: Finding, status: str) -> bool:
    return finding.verdict is not None and finding.verdict.status == status


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
