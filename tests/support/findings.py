"""Hand-made findings and hooks for tests of what happens after the analysis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hookproof.finding import Edit, Evidence, Finding, Fix, HookReference, Verdict
from hookproof.report import Failure, FileCounts, HookSite, Report, UseSite

SOURCE = """\
from typing import Tuple

from torch import Tensor, jit, nn


def count(m, input: Tuple[Tensor], output):
\tm.cache.append(output)  # a tab in front


def größe(m, input: Tuple[Tensor], output):
    x = "日本語"; m.ïd = x
    return m.forward.__func__(
        output
    )
"""


def finding(path: str = "pkg/net.py", line: int = 7, column: int = 2, **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "path": path,
        "line": line,
        "column": column,
        "code": "HKP302",
        "message": "`m.cache` is an empty list, which has no TorchScript type; annotate it on the class",
        "rule": "unscriptable-attribute",
        "severity": "error",
        "confidence": "certain",
        "world": "compiled",
        "outcome": "raises",
        "end_line": line,
        "end_column": column + 7,
    }
    return Finding(**(values | changes))


def sample(path: str) -> Report:
    """Return a report on a file that holds `SOURCE`, with everything that findings can have."""
    hook = HookReference("count", path, 6)
    return Report(
        findings=(
            finding(
                path,
                hook=hook,
                module_class="pkg.net.Net",
                attribute="m.cache",
                evidence=(Evidence(path, 20, "`cache` is set here"), Evidence("main.py", 3, "scripted here")),
            ),
            finding(
                path,
                11,
                20,
                code="HKP303",
                rule="new-attribute",
                message='100% broken: `m.ïd = x`, says <torch> & "others"\nsecond line',
                severity="warning",
                confidence="possible",
                outcome="silent",
                end_column=24,
                fix=Fix(True, (Edit(path, 11, 20, 11, 24, "m.id"),)),
                verdict=Verdict("confirmed", "it did", "RuntimeError: no", "2.13.0", "repro/a.py"),
            ),
            finding(
                path,
                12,
                12,
                code="HKP308",
                rule="method-attribute",
                world="traced",
                end_line=14,
                end_column=6,
                verdict=Verdict("inconclusive", "masked by a, b", torch="2.13.0"),
            ),
        ),
        hidden=2,
        files=FileCounts(3, 2, (Failure("pkg/böse datei.py", "line 3: cannot parse: <oops>"),)),
        torch="2.13.0",
        hooks=(
            HookSite(
                path,
                16,
                1,
                "register_forward_hook",
                "function",
                "local",
                hook,
                (hook,),
                "pkg.net.Net",
                ("compiled",),
                False,
                "never",
                (UseSite(path, 7, 2, "m.cache", "call"),),
            ),
            HookSite(path, 18, 5, "register_forward_pre_hook", "unknown", "loop", guarded=True),
        ),
    )


def write_source(folder: Path) -> str:
    path = folder / "net file é.py"
    path.write_text(SOURCE, encoding="utf-8")
    return str(path)
