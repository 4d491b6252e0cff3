"""Torch's verdicts from an earlier `hookproof verify --output-format json`, given to their findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import msgspec
from msgspec import Struct

from hookproof.exit_status import SettingsError
from hookproof.finding import Finding, Verdict

Key: TypeAlias = tuple[str, int, int, str]


class _Verified(Struct):
    path: str
    line: int
    column: int
    code: str
    verdict: Verdict | None = None


class _Document(Struct):
    version: int
    findings: list[_Verified]


def read(path: str) -> dict[Key, list[Verdict]]:
    """Return the verdicts in a file by the place and code of their findings, one for each torch asked.

    Raises `SettingsError`.
    """
    try:
        with open(path, "rb") as file:
            document = msgspec.json.decode(file.read(), type=_Document)
    except OSError as error:
        raise SettingsError(f"--verdicts {path}: {error.strerror}") from None
    except (ValueError, RecursionError):  # a MsgspecError is a ValueError
        raise SettingsError(f"--verdicts {path}: is not from `verify --output-format json`") from None
    found: dict[Key, list[Verdict]] = {}
    for each in document.findings:
        if each.verdict is not None:
            found.setdefault((each.path, each.line, each.column, each.code), []).append(each.verdict)
    return found


def put(findings: Iterable[Finding], verdicts: Mapping[Key, list[Verdict]]) -> Iterator[Finding]:
    """Yield each finding with its verdict, once for each; as it is where torch was not asked."""
    for finding in findings:
        key = (finding.path, finding.line, finding.column, finding.code)
        for verdict in verdicts.get(key) or (None,):
            yield finding if verdict is None else msgspec.structs.replace(finding, verdict=verdict)
