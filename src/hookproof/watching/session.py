"""One run of a program under the witness, from the command line to the exit status of the process.

Python itself ends the process, as it would have ended the program's: threads are waited for, exit functions
run. What became of the hooks is told by the last of these. Before, only the standard library and the witness
are imported, for the program to find no modules that it does not expect.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import NoReturn

from hookproof.exit_status import printable
from hookproof.verify.target.witness import Witness
from hookproof.watching.arguments import Options, plain_run
from hookproof.watching.program import Module, Program, ProgramError, Script
from hookproof.watching.telling import say, tell

_NOTICE = "hookproof: {} runs as it is, in this process, without any confinement\n"


def main(arguments: list[str], otherwise: Callable[[], NoReturn]) -> NoReturn:
    """Run `hookproof run` with the arguments behind `run`. Ends the process as the program does.

    What is not plain, such as a mistake, is left to what is called `otherwise`.
    """
    options = plain_run(arguments)
    if options is None:
        otherwise()
    run(options)


def run(options: Options) -> NoReturn:
    """Run the program under a witness and leave with its exit status, or 2 if there is no such program."""
    program = _program(options)
    name = f"-m {options.program}" if options.is_module else options.program
    try:
        program.prepare(options.arguments)
    except (ProgramError, ImportError, ValueError) as error:
        _refuse(str(error))
    if importlib.util.find_spec("torch") is None:
        _refuse(f"this Python has no torch, whose hooks could be watched: {sys.executable}")
    if not options.quiet:
        say(_NOTICE.format(printable(name)))
    witness = Witness(copies=True)
    ending = _Ending(witness, name, options)
    atexit.register(ending)
    witness.start()
    try:
        program.run()
    except ProgramError as error:
        ending.is_off = True
        witness.stop()
        _refuse(str(error))
    except SystemExit:
        raise
    except BaseException as error:
        _print(error)
        sys.excepthook = _silent  # it has been printed; Python still knows how to end for this error
        raise
    sys.exit(0)


def _program(options: Options) -> Program:
    if options.is_module:
        return Module(options.program)
    if not options.program.endswith(".ipynb"):
        return Script(options.program)
    from hookproof.watching.notebook_program import NotebookProgram  # a script must find little imported

    return NotebookProgram(options.program)


class _Ending:
    """What runs last in the process: it stops the witness and tells what became of the hooks."""

    def __init__(self, witness: Witness, name: str, options: Options) -> None:
        self.is_off = False
        self._witness = witness
        self._name = name
        self._options = options
        self._process = os.getpid()

    def __call__(self) -> None:
        if self.is_off or os.getpid() != self._process:  # a forked child that came to the end of the program
            return
        self._witness.stop()
        report = {"program": self._name, **self._witness.report()}
        is_told = tell(report, self._options.output_format, self._options.output_file)
        lost = any(fate["lost"] for entry in report["entries"] for fate in entry["hooks"])
        lost = lost or any(each["lost"] for each in report["registrations"])
        if not is_told or (lost and self._options.fail_on_loss):
            # Python has settled on an exit status by now; nothing of the program is left to run.
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError, AttributeError):
                    stream.flush()
            os._exit(1 if is_told else 2)


def _refuse(reason: str) -> NoReturn:
    from hookproof.exit_status import fail  # a program that is run must find little imported

    fail(reason)


def _print(error: BaseException) -> None:
    """Have the error printed as Python does, without the frames around the program."""
    traceback = error.__traceback__
    while traceback is not None and _is_own(traceback):
        traceback = traceback.tb_next
    sys.excepthook(type(error), error.with_traceback(traceback), traceback)


def _is_own(traceback: TracebackType) -> bool:
    path = traceback.tb_frame.f_code.co_filename
    return os.path.dirname(path) == os.path.dirname(__file__) or path.startswith("<frozen ")


def _silent(*_: object) -> None:
    """Print nothing."""
