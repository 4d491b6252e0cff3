"""The flake8 plugin: the same findings as `hookproof check`, handed over in flake8's form."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from typing import Any, ClassVar

import hookproof
from hookproof.finding import CONFIDENCES
from hookproof.settings import Settings, SettingsError, resolve

_Row = tuple[int, int, str, type]


class Plugin:
    """What flake8 makes for every file. Settings come from pyproject.toml, flake8's own options win."""

    name = "hookproof"
    version = hookproof.__version__
    _overrides: ClassVar[dict[str, Any]] = {}
    _config: ClassVar[str | None] = None
    _is_silencing: ClassVar[bool] = True

    def __init__(self, tree: ast.AST, filename: str, lines: list[str]) -> None:
        self._filename, self._lines = filename, lines

    @staticmethod
    def add_options(manager: Any) -> None:
        """Add the options to flake8's command line and configuration files."""
        add = manager.add_option
        add(
            "--hookproof-config",
            parse_from_config=True,
            normalize_paths=True,
            help="Path of a pyproject.toml",
        )
        add("--hookproof-assume-scripted", action="store_true", parse_from_config=True, help="Library mode")
        add("--hookproof-min-confidence", choices=CONFIDENCES, parse_from_config=True, help="From here up")

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Keep the options; every worker process of flake8 calls this. Exits where settings are wrong."""
        given = {"assume_scripted": options.hookproof_assume_scripted or None}
        cls._overrides = given | {"min_confidence": options.hookproof_min_confidence}
        cls._config, cls._is_silencing = options.hookproof_config, not options.disable_noqa
        try:
            cls._settings(".")
        except SettingsError as error:
            raise SystemExit(f"hookproof: {error}") from None

    @classmethod
    def _settings(cls, path: str) -> Settings:
        return resolve([path], cls._overrides, config=cls._config)[0][0]

    def run(self) -> Iterator[_Row]:
        """Yield what was found; a failure is one `HKP000`, for an exception would end the flake8 run."""
        try:
            rows = list(self._rows())
        except Exception as error:
            rows = [(1, 0, f"HKP000 not analysed: {type(error).__name__}: {error}", Plugin)]
        yield from rows

    def _rows(self) -> Iterator[_Row]:
        from hookproof.by_file import findings_of

        for finding in findings_of(
            self._filename, self._lines, self._settings(self._filename), self._is_silencing
        ):
            # flake8 adds one to the column.
            yield finding.line, finding.column - 1, f"{finding.code} {finding.message}", Plugin
