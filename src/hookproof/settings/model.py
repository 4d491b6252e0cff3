"""What the user asked for, as one frozen `Settings`; what a key means is told here and nowhere else."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct, field, structs

from hookproof.facts.atlas import VERSION
from hookproof.facts.versions import Torch, asked_for
from hookproof.finding import CONFIDENCES, Confidence, Finding, Severity
from hookproof.source.cache import FOLDER
from hookproof.source.discover import DEFAULT_EXCLUDE
from hookproof.worlds import registry

OutputFormat: TypeAlias = Literal[
    "full",
    "concise",
    "json",
    "json-lines",
    "grouped",
    "github",
    "gitlab",
    "junit",
    "markdown",
    "pylint",
    "sarif",
]

NOT_KEYS = ("root", "config", "torch-from")
"""The fields of `Settings` that say where the others are from."""


def _is(description: str) -> Meta:
    return Meta(description=description)


class VerifySettings(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """How `hookproof verify` checks findings against torch.

    Relative paths are relative to the folder of the file that has them.
    """

    factories: Annotated[
        dict[str, str],
        _is("Functions that make an instance of a module class, by class, as `pkg.mod:Net`."),
    ] = field(default_factory=dict)
    inputs: Annotated[
        dict[str, str], _is("Functions that make a tuple of inputs for a module class, by class.")
    ] = field(default_factory=dict)
    tests: Annotated[
        tuple[str, ...],
        _is("The project's tests that reach findings, as pytest spells them (`tests/test_net.py::test_it`)."),
    ] = ()
    python: Annotated[tuple[str, ...], _is("Interpreters that have torch.")] = ()
    timeout: Annotated[float, Meta(gt=0, description="Seconds that one experiment may take.")] = 20.0
    memory: Annotated[
        int, Meta(ge=64, description="MiB that one experiment may take above torch itself.")
    ] = 4096
    writable: Annotated[tuple[str, ...], _is("Folders that experiments may write in.")] = ()


class Settings(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """The settings of hookproof: `hookproof.toml`, or `[tool.hookproof]` in `pyproject.toml`.

    Every field but `NOT_KEYS` is a key. `root` is the folder that patterns and `src` are relative to,
    `config` the file that was read, `torch_from` where the versions of torch were said. `extend` is None
    where the settings are whole. Codes are written as they are known (`HKP302`, `HKP3`).
    Raises nothing; `resolve` is what checks values.
    """

    extend: Annotated[
        str | None, _is("A file of settings that these add to and override, relative to this file.")
    ] = None
    select: Annotated[
        tuple[str, ...],
        _is("Rules to report: codes, their beginnings (`HKP3`), names, or `ALL`; the longest decides."),
    ] = ("HKP",)
    extend_select: Annotated[tuple[str, ...], _is("Rules in addition to `select`.")] = ()
    ignore: Annotated[
        tuple[str, ...], _is("Rules to leave out; a longer code in `select` wins over a shorter one here.")
    ] = ()
    per_file_ignores: Annotated[dict[str, tuple[str, ...]], _is("Rules to leave out, by path pattern.")] = (
        field(default_factory=dict)
    )
    severity: Annotated[
        dict[str, Severity],
        _is("`error` or `warning`, by rule, in place of the rule's own; the longest code decides."),
    ] = field(default_factory=dict)
    min_confidence: Annotated[
        Confidence | None,
        _is("Report findings of this confidence and above; by default all but most `possible` ones."),
    ] = None
    fail_on: Annotated[
        Confidence,
        _is("Exit with status 1 only for findings of this confidence and above; all are reported."),
    ] = "possible"
    baseline: Annotated[
        str | None, _is("A file of accepted findings, as `--write-baseline` makes it, relative to this file.")
    ] = None
    fixable: Annotated[tuple[str, ...], _is("Rules whose findings `--fix` may fix.")] = ("HKP",)
    unfixable: Annotated[tuple[str, ...], _is("Rules whose findings `--fix` leaves alone.")] = ()
    extend_safe_fixes: Annotated[tuple[str, ...], _is("Rules whose fixes all count as safe.")] = ()
    extend_unsafe_fixes: Annotated[tuple[str, ...], _is("Rules whose fixes all count as unsafe.")] = ()
    exclude: Annotated[
        tuple[str, ...], _is("Patterns, as in `.gitignore`, of files and folders to exclude.")
    ] = DEFAULT_EXCLUDE
    extend_exclude: Annotated[tuple[str, ...], _is("Patterns in addition to `exclude`.")] = ()
    force_exclude: Annotated[
        bool, _is("Apply exclusions to paths given by name, too, as pre-commit gives them.")
    ] = False
    src: Annotated[tuple[str, ...], _is("Root folders for imports.")] = (".", "src")
    assume_scripted: Annotated[
        bool | tuple[str, ...],
        _is("Library mode: users may script any module, or modules of these classes (`pkg.mod.Net`)."),
    ] = False
    assume: Annotated[
        tuple[str, ...], _is("Ways out of eager mode that any module may go, such as `export`.")
    ] = ()
    torch: Annotated[
        tuple[str, ...],
        _is(
            "Versions of torch that the project supports: `2.4`, ranges (`>=2.4`), or files of facts; "
            "by default what its dependencies say, else the newest."
        ),
    ] = ()
    output_format: Annotated[OutputFormat, _is("How findings are written.")] = "full"
    jobs: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        _is("Processes to use at most; by default one for each processor."),
    ] = None
    cache_dir: Annotated[str, _is("The folder of the cache, inside of the project.")] = FOLDER
    verify: Annotated[VerifySettings, _is("How `hookproof verify` checks findings against torch.")] = (
        VerifySettings()
    )
    root: str = ""
    config: str | None = None
    torch_from: str = "the newest that is known"

    @property
    def excluded(self) -> tuple[str, ...]:
        """All patterns of files and folders that are not looked at."""
        return (*self.exclude, *self.extend_exclude)

    @property
    def import_roots(self) -> tuple[str, ...]:
        """The folders that imports start from."""
        return tuple(os.path.join(self.root, folder) for folder in self.src)

    @property
    def cache_folder(self) -> str:
        """The folder that holds what earlier runs learned."""
        return os.path.join(self.root, self.cache_dir)

    def is_enabled(self, code: str) -> bool:
        """Whether the rule with this code is selected: the longest prefix decides, `ignore` wins a tie."""
        chosen = _longest_prefix(code, (*self.select, *self.extend_select))
        return chosen > _longest_prefix(code, self.ignore)

    def is_fixable(self, code: str) -> bool:
        """Whether findings with this code are fixed: the longest prefix decides, `unfixable` wins a tie."""
        return _longest_prefix(code, self.fixable) > _longest_prefix(code, self.unfixable)

    def is_safe(self, code: str, said: bool) -> bool:
        """Whether a fix counts as safe that is `said` to be: for these codes the project says so itself."""
        safe = _longest_prefix(code, self.extend_safe_fixes)
        unsafe = _longest_prefix(code, self.extend_unsafe_fixes)
        return safe > unsafe or (said and not unsafe)

    def is_ignored_in(self, code: str, path: str) -> bool:
        """Whether `per-file-ignores` has this code for this path."""
        return any(
            code.startswith(tuple(codes)) and self._matches(path, pattern)
            for pattern, codes in self.per_file_ignores.items()
            if codes
        )

    def wants(self, finding: Finding) -> bool:
        """Whether the finding's code is selected in the finding's file."""
        return self.is_enabled(finding.code) and not self.is_ignored_in(finding.code, finding.path)

    def named(self, key: str) -> str:
        """Return how a complaint about a key begins: the file, and the key as it stands there."""
        is_in_table = self.config is not None and os.path.basename(self.config) == "pyproject.toml"
        return f"{self.config}: {'tool.hookproof.' if is_in_table else ''}{key}"

    def with_severity(self, finding: Finding) -> Finding:
        """Return a finding as severe as the project takes its rule to be."""
        prefix = max((each for each in self.severity if finding.code.startswith(each)), key=len, default=None)
        return finding if prefix is None else structs.replace(finding, severity=self.severity[prefix])

    def fails(self, findings: Iterable[Finding]) -> bool:
        """Whether one of the findings is sure enough to fail the run."""
        least = CONFIDENCES.index(self.fail_on)
        return any(CONFIDENCES.index(finding.confidence) >= least for finding in findings)

    @property
    def torches(self) -> tuple[Torch, ...]:
        """The versions of torch that the project speaks of, the newest last."""
        return asked_for(self.torch or (VERSION,))

    def supports(self, since: str | None, until: str | None) -> bool:
        """Whether a rule that holds from torch `since` to before `until` concerns this project."""
        return not self.torch or any(torch.is_within(since, until) for torch in self.torches)

    def may_be_scripted(self, module_class: str | None) -> bool:
        """Whether library mode holds for this module class (None: for any module)."""
        if isinstance(self.assume_scripted, bool):
            return self.assume_scripted
        return module_class in self.assume_scripted

    @property
    def assumed(self) -> frozenset[str]:
        """The worlds that any module may go to: those of `assume`, and TorchScript's in library mode."""
        scripted = registry.suites().get("scripted", ()) if self.assume_scripted is True else ()
        return frozenset((*self.assume, *scripted))

    def _matches(self, path: str, pattern: str) -> bool:
        absolute = os.path.abspath(path)
        relative = os.path.relpath(absolute, self.root or os.curdir).replace(os.sep, "/")
        return any(
            fnmatch.fnmatch(name, pattern) for name in (relative, os.path.basename(path), absolute)
        ) or relative.startswith(pattern.rstrip("/") + "/")


def _longest_prefix(code: str, prefixes: Iterable[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=0)
