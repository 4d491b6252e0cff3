"""What the commands do: settings, the engine, suppressions and baseline, output, exit status."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import msgspec

from hookproof.exit_status import SettingsError
from hookproof.facts.versions import unmeasured
from hookproof.output import render, render_hooks
from hookproof.output.closing import closing, closing_of_hooks, counted, statistics
from hookproof.output.display import Display
from hookproof.output.progress import Progress
from hookproof.remaining import baselines, silenced, without_known
from hookproof.report import Failure, FileCounts, Report, merge
from hookproof.settings import Group, Settings, resolve
from hookproof.source.cache import Cache
from hookproof.source.failures import OutOfTimeError, bounded, cut_short, within_run
from hookproof.source.text import read_stdin
from hookproof.telling import report_failures, report_skipped, say, write

if TYPE_CHECKING:
    from concurrent.futures import Executor


_OVERRIDES = (
    "select",
    "extend_select",
    "ignore",
    "fixable",
    "unfixable",
    "exclude",
    "extend_exclude",
    "force_exclude",
    "src",
    "torch",
    "assume_scripted",
    "assume",
    "min_confidence",
    "output_format",
    "cache_dir",
    "baseline",
)

_OF_CHECK = (*_OVERRIDES, "fail_on", "jobs")

_CODES = ("select", "extend_select", "ignore", "fixable", "unfixable")


def groups(
    paths: Sequence[str], options: Mapping[str, Any], names: Iterable[str] = _OVERRIDES
) -> tuple[Group, ...]:
    """Return the settings for each path, from the options that `cli.settings_options` adds.

    Raises `SettingsError`.
    """
    # An option that may be repeated is empty where it was not given; a list of codes is None.
    given = {
        name: value
        for name in names
        if (value := options.get(name)) is not None and (value != () or name in _CODES)
    }
    return resolve(paths, given, config=options.get("config"), isolated=bool(options.get("isolated")))


@contextmanager
def _in_time() -> Iterator[None]:
    """Bound a command by the time of a run, with all that is about no file. Raises `SettingsError`."""
    try:
        with bounded(), within_run():
            yield
    except OutOfTimeError:
        raise SettingsError(cut_short()) from None


@_in_time()
def check(paths: Sequence[str], options: Mapping[str, Any]) -> int:
    """Run `hookproof check` and return its exit status. Raises `SettingsError`."""
    start = time.monotonic()
    if options["explain_file"]:
        return _explain_file(options)
    paths, stdin = _with_stdin(paths, options)
    found = groups(paths, options, _OF_CHECK)
    if options["show_settings"]:
        return _show_settings(found)
    if options["show_files"]:
        return _show_files(found)
    is_fixing = any(options[name] for name in ("fix", "diff", "fix_only"))
    with (
        Progress("Checking", None if not options["quiet"] else False) as progress,
        _executor(options["executor"]) as executor,
    ):
        reports = [
            find(
                (group,),
                stdin,
                progress,
                is_cached=not options["no_cache"],
                executor=executor,
            )
            for group in found
        ]
        if is_fixing:
            return _fix(reports, found, stdin, options, start)
    return _finish(merge(reports), found, stdin, options, start)


def _explain_file(options: Mapping[str, Any]) -> int:
    from hookproof.explaining import explain, place_of  # few runs ask

    place = place_of(options["explain_file"])
    ((settings, _),) = groups([place.path], options, _OF_CHECK)
    write((f"{line}\n" for line in explain(place, settings, options)), options["output_file"])
    return 0


def _fix(
    reports: Sequence[Report],
    found: tuple[Group, ...],
    stdin: Mapping[str, bytes],
    options: Mapping[str, Any],
    start: float,
) -> int:
    from hookproof import fixing  # few runs fix anything

    fixing.reject_others(options)

    def shown(report: Report, display: Display) -> Report:
        return without_known(silenced(report, display, options)[0], display, baselines(found))

    mended = fixing.merged(
        fixing.mend(group, report, stdin, shown, takes_unsafe=bool(options["unsafe_fixes"]))
        for group, report in zip(found, reports, strict=True)
    )
    display = Display.of(sys.stdout, {**stdin, **mended.contents})
    mended = (fixing.show_all if options["diff"] else fixing.write_all)(mended, stdin)
    report = mended.report
    if not options["diff"] and not options["fix_only"]:
        pieces = render(found[0][0].output_format, report, display)
        write(pieces, None) if not stdin else say("".join(pieces).splitlines())
    report_failures(report)
    if not options["quiet"]:
        ending = () if options["diff"] or options["fix_only"] else closing(report, time.monotonic() - start)
        say((*fixing.remarks(mended, options, display), *ending))
    is_bad = bool(mended.contents) if options["diff"] else not options["fix_only"] and _fails(report, found)
    return _status(report, options, is_bad=is_bad)


def _executor(name: str | None) -> AbstractContextManager[Executor | None]:
    if name is None:
        return nullcontext()
    from hookproof.session.executor import executor_at

    return executor_at(name)


def find(
    found: Iterable[Group],
    stdin: Mapping[str, bytes] | None = None,
    on_progress: Progress | None = None,
    *,
    is_cached: bool = False,
    executor: Executor | None = None,
) -> Report:
    """Return one report of the findings under all paths; `stdin` holds what takes a path's place."""
    from hookproof.session.pipeline import check_paths, check_source

    reports: list[Report] = []
    for settings, members in found:
        on_disk = [path for path in members if path not in (stdin or {})]
        if on_disk:
            cache = Cache(settings.cache_folder) if is_cached else None
            reports.append(
                check_paths(
                    on_disk,
                    settings,
                    on_progress=on_progress,
                    cache=cache,
                    jobs=settings.jobs,
                    executor=executor,
                )
            )
        for path, source in (stdin or {}).items():
            if path in members:
                reports.append(check_source(source, path, settings))
    return merge(reports)


@_in_time()
def hooks(paths: Sequence[str], options: Mapping[str, Any]) -> int:
    """Run `hookproof hooks` and return its exit status. Raises `SettingsError`."""
    from hookproof import verdicts
    from hookproof.session.pipeline import inventory

    start = time.monotonic()
    if options["verdicts"] and options["output_format"] != "html":
        raise SettingsError("--verdicts goes with --output-format html")
    known = verdicts.read(options["verdicts"]) if options["verdicts"] else {}
    found = groups(paths, options, names=(name for name in _OVERRIDES if name != "output_format"))
    with Progress("Reading", None if not options["quiet"] else False) as progress:
        report = merge(
            inventory(
                members,
                settings,
                on_progress=progress,
                cache=None if options["no_cache"] else Cache(settings.cache_folder),
            )
            for settings, members in found
        )
        if options["output_format"] == "html":
            also = find(found, is_cached=not options["no_cache"])
            report = msgspec.structs.replace(report, findings=tuple(verdicts.put(also.findings, known)))
    shown = tuple(
        site
        for site in report.hooks
        if options["world"] in (None, *(site.worlds or ("eager",)))
        and options["module_class"] in (None, site.module_class)
        and options["form"] in (None, site.form)
    )
    left_out = len(report.hooks) - len(shown)
    report = msgspec.structs.replace(report, hooks=shown)
    if options["output_format"] == "html":
        from hookproof.output.origin import origin_of

        report = msgspec.structs.replace(report, origin=origin_of(paths[0]))
    write(render_hooks(options["output_format"], report, Display.of(sys.stdout)), options["output_file"])
    report_failures(report)
    if not options["quiet"]:
        report_skipped(report, is_verbose=options["verbose"])
        say(closing_of_hooks(report, time.monotonic() - start, left_out))
    return 2 if report.files.failed else 0


def explain(code: str) -> None:
    """Print the page of a rule. Raises `SettingsError` where there is none."""
    from hookproof.output.explain import explain as page
    from hookproof.rules.registry import names, rule, rule_named
    from hookproof.settings.typos import did_you_mean

    try:
        found = rule(code.upper()) if code.upper().startswith("HKP") else rule_named(code.lower())
    except KeyError:
        meant = did_you_mean(code, names()) or " (`hookproof rules` lists them)"
        raise SettingsError(f"no rule is called `{code}`{meant}") from None
    write((page(found, Display.of(sys.stdout)),), None)


def rules(codes: Sequence[str], output_format: str) -> None:
    """Print the list of rules. Raises `SettingsError` where a code matches none."""
    from hookproof.output import rules_table
    from hookproof.rules import registry
    from hookproof.settings.codes import code_of

    codes = tuple(code_of(code, "rules") for code in codes)
    listed = [rule for rule in registry.rules() if not codes or rule.code.startswith(tuple(codes))]
    if output_format == "json":
        text = rules_table.render_json(listed)
    elif output_format == "markdown":
        text = rules_table.markdown(listed)
    else:
        text = rules_table.render(listed, Display.of(sys.stdout))
    write((text,), None)


def _unmeasured(found: tuple[Group, ...]) -> Iterator[str]:
    """Yield a line for each version of torch in the settings that nothing was measured of."""
    for each in dict.fromkeys(each for settings, _ in found for each in unmeasured(settings.torch)):
        yield f"torch {each.version} was not measured: what torch {each.facts} does is taken for it"


def _finish(
    report: Report,
    found: tuple[Group, ...],
    stdin: Mapping[str, bytes],
    options: Mapping[str, Any],
    start: float,
) -> int:
    display = Display.of(sys.stdout, stdin)
    also = _files(found)[0] if options["warn_unused_noqa"] else ()
    report, unused = silenced(report, display, options, also)
    if options["write_baseline"]:
        from hookproof.source import baseline

        count = baseline.write(options["write_baseline"], report.findings, display.line)
        report_failures(report)
        say((f"Wrote {counted(count, 'finding')} to {options['write_baseline']}",))
        return 2 if report.files.failed else 0
    report = without_known(report, display, baselines(found))
    if options["add_noqa"]:
        from hookproof.added_noqa import add

        return add(report, display)
    if options["witness"]:
        from hookproof import witnessed

        marked = tuple(witnessed.mark(report.findings, witnessed.read(options["witness"])))
        report = msgspec.structs.replace(report, findings=marked)
    _print(report, found[0][0], display, options)
    if not options["quiet"]:
        say(_unmeasured(found))
        report_skipped(report, is_verbose=options["verbose"])
        names_worlds = any(settings.assume for settings, _ in found)
        say(closing(report, time.monotonic() - start, len(unused), names_worlds=names_worlds))
    return _status(report, options, is_bad=bool(unused) or _fails(report, found))


def _fails(report: Report, found: tuple[Group, ...]) -> bool:
    """Whether what is left is sure enough to fail, by the settings of any of the paths."""
    return any(settings.fails(report.findings) for settings, _ in found)


def _status(report: Report, options: Mapping[str, Any], *, is_bad: bool) -> int:
    return 2 if report.files.failed else int(is_bad and not options["exit_zero"])


def _print(report: Report, settings: Settings, display: Display, options: Mapping[str, Any]) -> None:
    if options["output_file"]:
        display = msgspec.structs.replace(display, color=False)
    if options["statistics"]:
        write(statistics(report), options["output_file"])
    else:
        write(render(settings.output_format, report, display), options["output_file"])
    report_failures(report)


def _with_stdin(paths: Sequence[str], options: Mapping[str, Any]) -> tuple[tuple[str, ...], dict[str, bytes]]:
    """Return the paths with `-` replaced by the name of what is on stdin, and its bytes by that name."""
    name = options["stdin_filename"]
    if "-" not in paths:
        if name:
            raise SettingsError("--stdin-filename goes with the path `-`")
        return tuple(paths), {}
    if options["add_noqa"]:
        raise SettingsError("--add-noqa writes to files, not to what comes from `-`")
    name = name or "stdin.py"
    return tuple(name if path == "-" else path for path in paths), {name: read_stdin()}


def _show_settings(found: tuple[Group, ...]) -> int:
    from hookproof.output.shown import safe
    from hookproof.settings.showing import show

    for settings, members in found:
        header = (safe(f"# for {', '.join(members)}") + "\n",) if len(found) > 1 else ()
        write((*header, show(settings)), None)
    return 0


def _show_files(found: tuple[Group, ...]) -> int:
    files, failed = _files(found)
    from hookproof.output.shown import safe_path

    write((f"{safe_path(path)}\n" for path in files), None)
    report_failures(Report(files=FileCounts(failed=failed)))
    return 2 if failed else 0


def _files(found: tuple[Group, ...]) -> tuple[tuple[str, ...], tuple[Failure, ...]]:
    from hookproof.session.sources import find_files

    discovered = [find_files(members, settings) for settings, members in found]
    return (
        tuple(sorted({path for one in discovered for path in one.files})),
        tuple(sorted({Failure(*failed) for one in discovered for failed in one.failed})),
    )
