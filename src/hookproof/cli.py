"""The command line: options and what they mean to `hookproof.run`; no logic."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, NoReturn, get_args

import click

import hookproof
from hookproof import run
from hookproof.exit_status import fail, leave
from hookproof.finding import CONFIDENCES, Form
from hookproof.options import FORMAT, choice, codes, complete_rules, settings_options
from hookproof.output import HOOK_FORMATS
from hookproof.worlds import registry

_LATE = {
    "config": "hookproof.config_command",
    "facts": "hookproof.facts_command",
    "run": "hookproof.watching.command",
    "server": "hookproof.server.command",
    "verify": "hookproof.verify.command",
}


# What click 8.2 and later raise where a group is given no command; older ones print its help themselves.
_NO_ARGUMENTS: type[click.ClickException] | tuple[()] = getattr(click.exceptions, "NoArgsIsHelpError", ())


class _ReaderGoneError(Exception):
    """A `BrokenPipeError` on its way past click, which would leave with 1 for it: findings, that is."""


class _Commands(click.Group):
    """A group whose heavier commands are imported when they are used. They are called `command` there."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises `_ReaderGoneError`."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderGoneError from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_LATE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _LATE:
            return super().get_command(ctx, cmd_name)
        command = importlib.import_module(_LATE[cmd_name]).command
        assert isinstance(command, click.Command)
        return command


_PATHS = click.argument("paths", nargs=-1, metavar="[PATH]...")
_VERBOSE = click.option("-v", "--verbose", is_flag=True, help="Name every file that was not read, and why.")
_QUIET = click.option("-q", "--quiet", is_flag=True, help="No summary line and no progress bar.")
_CACHE = click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
_CACHE_DIR = click.option("--cache-dir", metavar="FOLDER", help="Cache folder; default: .hookproof_cache.")
_JOBS = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Maximum worker processes; default: CPU count.",
)
_EXECUTOR = click.option(
    "--executor", metavar="dask:ADDRESS", help="Have this dask cluster find and read the files."
)
_OUTPUT_FILE = click.option(
    "-o", "--output-file", metavar="FILE", help="Write to this file instead of stdout."
)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(hookproof.__version__, prog_name="hookproof")
def cli() -> None:
    """Find PyTorch module hooks that break or are lost outside eager mode, and prove it.

    In TorchScript, torch.export, torch.compile, ONNX, torch.fx and copies of models.
    """


@cli.command()
@_PATHS
@settings_options
@FORMAT
@_OUTPUT_FILE
@_QUIET
@_VERBOSE
@_CACHE
@_CACHE_DIR
@_JOBS
@_EXECUTOR
@click.option("--fix", is_flag=True, help="Fix findings in place, and show those that are left.")
@click.option(
    "--unsafe-fixes", is_flag=True, help="Also apply fixes that may change what the eager model does."
)
@click.option("--diff", is_flag=True, help="Show what `--fix` would change, and write nothing.")
@click.option("--fix-only", is_flag=True, help="Fix findings in place, and show nothing.")
@click.option(
    "--fixable",
    metavar="CODES",
    callback=codes,
    shell_complete=complete_rules,
    help="Rules whose findings `--fix` may fix.",
)
@click.option(
    "--unfixable",
    metavar="CODES",
    callback=codes,
    shell_complete=complete_rules,
    help="Rules whose findings `--fix` leaves alone.",
)
@click.option("--show-fixes", is_flag=True, help="List what was fixed.")
@click.option("--statistics", is_flag=True, help="Count findings by code instead of listing them.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even when there are findings.")
@click.option(
    "--fail-on", type=click.Choice(CONFIDENCES), help="Exit 1 only for findings of at least this confidence."
)
@click.option("--stdin-filename", metavar="PATH", help="File name for the code on stdin, with `-` as path.")
@click.option("--warn-unused-noqa", is_flag=True, help="Report `noqa` comments that suppress nothing.")
@click.option("--add-noqa", is_flag=True, help="Write a `noqa` comment for every finding, and exit.")
@click.option("--baseline", metavar="FILE", help="Report only findings that are not in this baseline.")
@click.option("--witness", metavar="FILE", help="Mark findings seen by `pytest --hookproof-report` or `run`.")
@click.option("--write-baseline", metavar="FILE", help="Write all findings to a baseline, and exit.")
@click.option(
    "--explain-file",
    metavar="PATH[:LINE]",
    help="Say why a file is read or not, and why nothing is reported of a hook in it, and exit.",
)
@click.option("--show-settings", is_flag=True, help="Show the effective settings, and exit.")
@click.option("--show-files", is_flag=True, help="Show the files that would be checked, and exit.")
def check(paths: tuple[str, ...], **options: Any) -> int:
    """Report hooks that break or are lost outside eager mode, and why.

    Never imports or runs the checked code.

    Exits 1 when something is found, 2 when a file could not be analysed.
    """
    return run.check(paths or (".",), options)


@cli.command()
@_PATHS
@settings_options
@choice("--output-format", metavar="FORMAT", choices=HOOK_FORMATS, default="table", help="Output format")
@_OUTPUT_FILE
@_QUIET
@_VERBOSE
@_CACHE
@_CACHE_DIR
@choice(
    "--world",
    metavar="WORLD",
    choices=(*(standing.name for standing in registry.standings()), "eager"),
    help="Only hooks that reach this world",
)
@click.option("--module-class", metavar="CLASS", help="Only hooks on this class, such as `pkg.mod.Net`.")
@click.option(
    "--verdicts", metavar="FILE", help="Verdicts for the html page, from `verify --output-format json`."
)
@choice("--form", metavar="FORM", choices=get_args(Form), help="Only hooks of this form")
def hooks(paths: tuple[str, ...], **options: Any) -> int:
    """List every hook, and what becomes of it.

    Where it is registered, on what class, in which worlds it runs, what it uses there. What selects
    findings (codes, confidence, library mode) counts for those that the html page shows.
    """
    return run.hooks(paths or (".",), options)


@cli.command()
@click.argument("code", shell_complete=complete_rules)
def explain(code: str) -> None:
    """Explain a rule, by its code or its name."""
    run.explain(code)


@cli.command()
@click.argument("codes", nargs=-1, metavar="[CODE]...", shell_complete=complete_rules)
@click.option("--output-format", type=click.Choice(("table", "json", "markdown")), default="table")
def rules(codes: tuple[str, ...], output_format: str) -> None:
    """List the rules, or those whose codes start with CODE."""
    run.rules(codes, output_format)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave the process with its exit status; every error is one line on stderr."""
    leave(lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> object:
    given = None if arguments is None else list(arguments)
    try:
        return cli.main(args=given, prog_name="hookproof", standalone_mode=False)
    except _NO_ARGUMENTS as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        fail(error.format_message())
    except click.Abort:
        raise KeyboardInterrupt from None
    except _ReaderGoneError:
        raise BrokenPipeError from None
