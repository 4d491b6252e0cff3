"""The flake8 plugin: the findings of `hookproof check` in flake8's form. flake8's own options win."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from typing import Any, ClassVar

from hookproof.by_file import ByFile, with_fixes_in_words
from hookproof.finding import CONFIDENCES
from hookproof.output.concise import text


class Plugin:
    """What flake8 makes for every file."""

    _options: ClassVar[argparse.Namespace]
    _check: ClassVar[ByFile]

    def __init__(self, tree: ast.AST, filename: str, lines: list[str]) -> None:
        self._filename, self._lines = filename, lines

    @staticmethod
    def add_options(manager: Any) -> None:
        """Add the options to flake8's command line and configuration files."""
        add = manager.add_option
        add("--hookproof-config", parse_from_config=True, normalize_paths=True, help="File of settings")
        add("--hookproof-assume-scripted", action="store_true", parse_from_config=True, help="Library mode")
        add("--hookproof-assume", parse_from_config=True, default="", help="Worlds that any module may reach")
        add("--hookproof-min-confidence", choices=CONFIDENCES, parse_from_config=True, help="Least to report")

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Keep the options. Forked workers find the project analysed; spawned ones call this themselves."""
        given = {n: getattr(options, f"hookproof_{n}") or None for n in ("assume_scripted", "min_confidence")}
        given["assume"] = tuple(options.hookproof_assume.replace(",", " ").split()) or None
        cls._options = options
        cls._check = ByFile(options.hookproof_config, given, heeds_noqa=not options.disable_noqa)
        if cls._is_wanted():
            cls._check.prepare(lambda: options.filenames or ())

    @classmethod
    def _is_wanted(cls) -> bool:
        """Whether flake8, which runs every plugin that is installed, would show anything of this one."""
        chosen = cls._options.select and (*cls._options.select, *(cls._options.extend_select or ()))
        return not chosen or any(code.startswith("HKP") or "HKP".startswith(code) for code in chosen)

    def run(self) -> Iterator[tuple[int, int, str, type]]:
        """Yield what was found. A failure is one `HKP000`: an exception would end the flake8 run."""
        try:
            paths = self._options.filenames or ()  # set anew where Python code calls flake8
            given = (self._filename, self._lines, paths, self._options.stdin_display_name)
            told = with_fixes_in_words(self._check.findings(*given) if self._is_wanted() else (), self._lines)
        except Exception as error:
            yield 1, 0, f"HKP000 not analysed: {' '.join(str(error).split()) or type(error).__name__}", Plugin
            return
        for each, fix in told:  # flake8 adds one to the column
            yield each.line, each.column - 1, f"{each.code} {text(each)}{fix}", Plugin
