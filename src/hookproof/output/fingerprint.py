"""Names for findings that survive edits elsewhere: path, code, the line's text and a count."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from hookproof.finding import Finding
from hookproof.source.baseline import identity


def fingerprints(findings: Iterable[Finding], read_line: Callable[[str, int], str]) -> Iterator[str]:
    """Yield for each finding a name that no other finding of the same run has."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        key = identity(finding, read_line)
        seen[key] += 1
        yield hashlib.sha256("\0".join((*key, str(seen[key]))).encode("utf-8", "surrogatepass")).hexdigest()
