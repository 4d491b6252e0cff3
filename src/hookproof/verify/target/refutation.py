"""Tells what a program that ran to its end says against a finding, which no reduced program overrules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Callable

from .hook_codes import codes_of, has_line, is_code_of
from .installed import torch
from .reach import Reach
from .watch import Entry, Watch
from .witness.hooked_modules import hooks_of, parts

if TYPE_CHECKING:
    from .bench import Bench
    from .programs import Program


class Refutation:
    """Keeps, while a program runs, what may speak against an error that was foretold."""

    def __init__(self, bench: Bench, watch: Watch, reach: Reach) -> None:
        self.bench = bench
        self.watch = watch
        self.reach = reach
        self.entries: list[tuple[Entry, bool | None]] = []  # and whether the hook was there, None: unknown
        self.uses: list[tuple[str, Any, int]] = []
        watch.entering = self._entering
        watch.used = lambda kind, module, *_: self.uses.append((kind, module, watch.count))

    def _entering(self, entry: Entry) -> None:
        is_there: bool | None = False
        if isinstance(entry.source, torch.jit.ScriptModule) or not self.bench.experiment.get("hook"):
            is_there = None
        else:
            for _, module in parts(entry.source):
                for _, _, hook in hooks_of(module):
                    codes = codes_of(hook)
                    if any(is_code_of(self.bench.experiment, code) for code in codes):
                        is_there = True
                    elif not codes and not is_there:
                        is_there = None
        self.entries.append((entry, is_there))

    def reason(self, program: Program, is_handled: Callable[[dict[str, Any]], bool]) -> str:
        """Return what the program, which ended without an error, shows against the finding; else nothing."""
        world = self.bench.experiment["world"]
        depends = self.reach.depends_on_surroundings(program.path, program.function)
        if self.bench.setup["runs"] == "program":
            found = ""
        elif world == "compiled":
            found = self._of_compiled(depends, is_handled)
        elif world == "registration":
            found = ""
        else:
            found = self._of_python(depends, is_handled)
        # Of a finding that names no entry point, nothing says that this program leads to it.
        if found or depends or program.missing or not self.bench.experiment.get("entry_path"):
            return found
        passed = self.reach.passed_by()
        return "it goes past {} on line {}".format(*passed) if passed else ""

    # --- compiled hooks -----------------------------------------------------------------------------

    def _of_compiled(self, depends: bool, is_handled: Callable[[dict[str, Any]], bool]) -> str:
        e = self.bench.experiment
        place = (e.get("entry_path"), e.get("entry_line"))
        at = [(n, there) for n, there in self.entries if (place in n.chain if place[0] else there)]
        found = ""
        for entry, is_there in at:
            if is_there is None or (not is_there and depends):
                return ""
            if not is_there:
                found = found or "the hook is not on the module on line {}".format(entry.chain[0][1])
            elif entry.api != "script":
                return ""
            elif entry.error is not None:
                if not (self.bench.matches(entry.error) and is_handled(entry.error)):
                    return ""
                found = "it handles the error itself"
            elif self.bench.setup["saves"] and not self._is_used("save", entry.result):
                return ""
            else:
                found = "torch compiles the hook on line {}".format(entry.chain[0][1])
        return found

    def _is_used(self, kind: str, module: Any) -> bool:
        return any(kind == each and used is module for each, used, _ in self.uses)

    # --- Python hooks -------------------------------------------------------------------------------

    def _of_python(self, depends: bool, is_handled: Callable[[dict[str, Any]], bool]) -> str:
        reach = self.reach
        if reach.failed and not all(map(is_handled, reach.failed)):
            return ""
        if reach.failed:
            return "it handles the error itself"
        if reach.finished:
            if "the finding's line" in reach.reached:
                return "its hook passes the line"
            return "" if depends else "its hook does not come to the line"
        if depends or "the entry point" not in reach.reached:
            return ""
        put = [r.at for r in self.watch.registrations if self._is_own(r.hook)]
        calls = [at for kind, _, at in self.uses if kind == "call"]
        if calls and max(calls) >= max(put, default=0):
            return "its hook is never called with a ScriptModule"
        return ""

    def _is_own(self, hook: Any) -> bool:
        codes = codes_of(hook)
        return not codes or any(is_code_of(self.bench.experiment, code) for code in codes)


# --- errors of another hook -------------------------------------------------------------------------


def names_another(experiment: dict[str, Any], watch: Watch, error: dict[str, Any]) -> bool:
    """Tell whether torch's error speaks of another of the program's hooks, and not of the finding's own."""
    hooks = [codes_of(registration.hook) for registration in watch.registrations]
    own = [codes for codes in hooks if any(is_code_of(experiment, code) for code in codes)]
    others = [codes for codes in hooks if codes and codes not in own]
    names = set(re.findall(r"[Hh]ook '(\w+)'", error["message"]))
    if not own or not others or any(_is_of(codes, names, error) for codes in own):
        return False
    return any(_is_of(codes, names, error) for codes in others)


def _is_of(codes: list[Any], names: set[str], error: dict[str, Any]) -> bool:
    """Tell whether an error has a hook's name, or a line of it, in its message."""
    return any(
        code.co_name in names or any(has_line(code, path, line) for path, line in error["places"])
        for code in codes
    )
