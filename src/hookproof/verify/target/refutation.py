"""Tells what a program that ran to its end says against a finding, which no reduced program overrules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .exclusive import exclude
from .handled import is_expected
from .hook_codes import codes_of, has_line, is_code_of
from .installed import nn, torch
from .reach import Reach
from .uses import eager_source, watch_uses
from .witness import Entry, Witness
from .witness.hooked_modules import hooks_of, parts

if TYPE_CHECKING:
    from .bench import Bench
    from .program import Program


class Refutation:
    """Keeps, while a program runs, what may speak against an error that was predicted."""

    def __init__(self, bench: Bench, witness: Witness, reach: Reach) -> None:
        self.bench = bench
        self.witness = witness
        self.reach = reach
        self.entries: list[tuple[Entry, bool | None]] = []  # and whether the hook was there, None: unknown
        self.calls: list[int] = []  # the moments at which what left eager mode was called
        self.called: list[Any] = []  # and what it was

    def start(self) -> None:
        """Watch what the program does with what left eager mode."""
        watch_uses(self.witness, self._used)

    def _used(self, kind: str, module: Any, *_: Any) -> None:
        if kind == "call":
            self.calls.append(self.witness.moment)
            self.called.append(module)

    def of_a_call(self, place: tuple[Any, Any]) -> BaseException | None:
        """Return the error of a call of what left eager mode at a place, where the program calls none of it.

        Raises `InconclusiveError` where it can't be called.
        """
        passed = [entry for entry, _ in self.entries if entry.has_passed(place) and entry.error is None]
        made = [entry for entry in passed if eager_source([entry], entry.result) is not None]
        if not made or any(module is entry.result for module in self.called for entry in made):
            return None
        arguments = self.bench.inputs(made[-1].source)
        self.bench.tell(["the program itself does not call what it made"])
        try:
            made[-1].result(*arguments)
        except Exception as error:
            return error
        return None

    def entering(self, entry: Entry) -> None:
        """Note whether an entry point that is called meets the finding's hook."""
        if not isinstance(entry.source, nn.Module):
            return
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

    def reason(self, program: Program) -> str:
        """Return what the program, which ended without an error, shows against the finding; else nothing."""
        world = self.bench.experiment["world"]
        depends = self.reach.depends_on_surroundings(program.path, program.function)
        depends = depends and not self._never_meet()
        if self.bench.setup["runs"] == "program":
            found = ""
        elif world == "compiled":
            if self._is_masked():
                return ""
            found = self._of_compiled(depends)
        elif world == "registration":
            found = ""
        else:
            found = self._of_python(depends)
        # Of a finding that names no entry point, nothing says that this program leads to it.
        if found or depends or program.missing or not self.bench.experiment.get("entry_path"):
            return found
        return self._said_past()

    def _said_past(self) -> str:
        passed = self.reach.passed_by()
        return "it goes past {} on line {}".format(*passed) if passed else ""

    def is_passed(self, program: Program) -> bool:
        """Tell whether the program lost nothing and came past all that the finding names, come what may."""
        reach = self.reach
        is_whole = bool(self.bench.experiment.get("entry_path")) and reach.also.keys() <= reach.reached
        return is_whole and not reach.depends_on_surroundings(program.path, program.function)

    def passed(self, program: Program) -> str:
        """Return where a function went past the finding that was given just what the finding warns of.

        So it is where a finding is about modules of that kind, and no entry point is named.
        """
        e = self.bench.experiment
        is_given = program.is_made_up and self.bench.setup["refuses_hooks"] and not e.get("entry_path")
        if not is_given or not self.reach.depends_on_one_argument(program.path, program.function):
            return ""
        return self._said_past()

    def _never_meet(self) -> bool:
        """Tell whether, whatever surrounds the program, what is hooked never comes to the entry point."""
        e = self.bench.experiment
        path, line = e.get("registration_path"), e["registration_line"]
        return path is not None and path == e.get("entry_path") and exclude(path, line, e["entry_line"])

    # --- compiled hooks -----------------------------------------------------------------------------

    def _of_compiled(self, depends: bool) -> str:
        e = self.bench.experiment
        place = (e.get("entry_path"), e.get("entry_line"))
        at = [(n, there) for n, there in self.entries if (n.has_passed(place) if place[0] else there)]
        found = ""
        for entry, is_there in at:
            if is_there is None or (not is_there and depends):
                return ""
            if not is_there:
                found = found or "the hook is not on the module on line {}".format(entry.chain[0].line)
            elif entry.world != "script":
                return ""
            elif entry.error is not None:
                error = entry.error.as_dict()
                if not (self.bench.matches(error) and is_expected(error, is_refused=False)):
                    return ""
                found = "it waits for the error"
            elif self.bench.setup["saves"] and not self._is_saved(entry.result):
                return ""
            else:
                found = "torch compiles the hook on line {}".format(entry.chain[0].line)
        return found

    def _is_masked(self) -> bool:
        """Tell whether the entry point ended in another error, past which the program went on."""
        place = (self.bench.experiment.get("entry_path"), self.bench.experiment.get("entry_line"))
        errors = [n.error.as_dict() for n, _ in self.entries if n.error is not None and n.has_passed(place)]
        return not all(self.bench.matches(error) and is_expected(error, is_refused=False) for error in errors)

    def _is_saved(self, module: Any) -> bool:
        return any(entry.world == "save" and entry.source is module for entry in self.witness.entries)

    # --- Python hooks -------------------------------------------------------------------------------

    def _of_python(self, depends: bool) -> str:
        reach = self.reach
        if reach.failed and not all(is_expected(error, is_refused=False) for error in reach.failed):
            return ""
        if reach.failed:
            return "it waits for the error"
        if reach.finished:
            if "the finding's line" in reach.reached:
                return "its hook passes the line"
            return "" if depends else "its hook does not come to the line"
        if depends or "the entry point" not in reach.reached:
            return ""
        put = [r.at for r in self.witness.registrations if self._is_own(r.hook.callable)]
        if self.calls and max(self.calls) >= max(put, default=0):
            return "its hook is never called with a ScriptModule"
        return ""

    def _is_own(self, hook: Any) -> bool:
        codes = codes_of(hook)
        return not codes or any(is_code_of(self.bench.experiment, code) for code in codes)


# --- errors of another hook -------------------------------------------------------------------------


def names_another(experiment: dict[str, Any], witness: Witness, error: dict[str, Any]) -> bool:
    """Tell whether torch's error speaks of another of the program's hooks, and not of the finding's own."""
    hooks = [codes_of(registration.hook.callable) for registration in witness.registrations]
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
