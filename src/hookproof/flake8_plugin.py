"""The flake8 plugin: the findings of `hookproof check` in flake8's form. flake8's own options win."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from typing import Any, ClassVar

from hookproof.finding import CONFIDENCES
from hookproof.settings import Settings, SettingsError, resolve


class Plugin:
    """What flake8 makes for every file."""

    _config: ClassVar[str | None] = None
    _overrides: ClassVar[dict[str, Any]] = {}
    _heeds_noqa: ClassVar[bool] = True

    def __init__(self, tree: ast.AST, filename: str, lines: list[str]) -> None:
        self._filename, self._lines = filename, lines

    @staticmethod
    def add_options(manager: Any) -> None:
        """Add the options to flake8's command line and configuration files."""
        add = manager.add_option
        add("--hookproof-config", parse_from_config=True, normalize_paths=True, help="A pyproject.toml")
        add("--hookproof-assume-scripted", action="store_true", parse_from_config=True, help="Library mode")
        add("--hookproof-min-confidence", choices=CONFIDENCES, parse_from_config=True, help="From here up")

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Keep the options; where worker processes are spawned, each of them calls this."""
        given = {"assume_scripted": options.hookproof_assume_scripted or None}
        cls._overrides = given | {"min_confidence": options.hookproof_min_confidence}
        cls._config, cls._heeds_noqa = options.hookproof_config, not options.disable_noqa
        try:
            cls._settings(".")
        except SettingsError as error:
            raise SystemExit(f"hookproof: {error}") from None

    @classmethod
    def _settings(cls, path: str) -> Settings:
        return resolve([path], cls._overrides, config=cls._config)[0][0]

    def run(self) -> Iterator[tuple[int, int, str, type]]:
        """Yield what was found. A failure is one `HKP000`: an exception would end the flake8 run."""
        try:
            from hookproof.by_file import findings_of

            found = findings_of(self._filename, self._lines, self._settings(self._filename), self._heeds_noqa)
        except Exception as error:
            yield 1, 0, f"HKP000 not analysed: {' '.join(str(error).split()) or type(error).__name__}", Plugin
            return
        for each in found:  # flake8 adds one to the column
            yield each.line, each.column - 1, f"{each.code} {each.message}", Plugin
