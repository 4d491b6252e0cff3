"""Tells in words or as JSON what became of each hook, on a stream that the program leaves free."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from hookproof.exit_status import printable

_MOST_PATHS = 3


def tell(report: dict[str, Any], output_format: str, output_file: str | None) -> bool:
    """Write the report to a file, `-` for stdout, or stderr if there is none; return whether that worked."""
    is_json = output_format == "json"
    told = json.dumps(_in_cells(report), indent=2) if is_json else "\n".join(map(printable, lines(report)))
    text = f"{told}\n"
    if not output_file:
        say(text)
        return True
    try:
        if output_file != "-":
            Path(output_file).write_text(text, "utf-8", newline="")
        elif sys.stdout is None:
            raise ValueError("standard output is closed")
        else:
            sys.stdout.write(text)
            sys.stdout.flush()
    except BrokenPipeError:
        return True
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        say(f"hookproof: --output-file {output_file}: {reason}\n")
        return False
    return True


def _in_cells(values: Any) -> Any:
    """Return plain values with the cell, and its line, for each line of a notebook."""
    if isinstance(values, list):
        return [_in_cells(each) for each in values]
    if not isinstance(values, dict):
        return values
    found = {key: _in_cells(each) for key, each in values.items()}
    path, line = found.get("path"), found.get("line")
    if not isinstance(path, str) or not path.endswith(".ipynb") or not isinstance(line, int):
        return found
    from hookproof.watching.notebook_program import cell_at  # a script must find little imported

    place = cell_at(path, line)
    return found if place is None else {**found, "line": place.line, "cell": place.cell}


def say(text: str) -> None:
    """Write to stderr, if there is one that takes it: the program runs all the same."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
        try:
            descriptor = os.dup(sys.stderr.fileno())
        except (OSError, ValueError):  # a stream of the program's own
            sys.stderr.write(text)
            sys.stderr.flush()
            return
        # What a full disk does not take must not be left for Python to flush: that is an exit status of 120.
        with open(descriptor, "w", encoding=sys.stderr.encoding, errors="backslashreplace") as stream:
            stream.write(text)


def lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield the report in words: entry points with their hooks, refused registrations, the rest, a count."""
    registrations = {each["number"]: each for each in report["registrations"]}
    met = {fate["registration"] for entry in report["entries"] for fate in entry["hooks"]}
    refused = [each for each in report["registrations"] if each["error"]]
    outcomes: Counter[str] = Counter()
    torch = f"torch {report['torch']}" if report["torch"] else "torch was not imported"
    yield f"hookproof: what became of the hooks of {report['program']} ({torch})"
    blocks = [list(_entry(entry, registrations)) for entry in report["entries"] if entry["hooks"]]
    blocks += [list(_refusal(each)) for each in refused]
    for block, times in _counted(blocks):
        yield ""
        yield block[0] + (f" ({times} times)" if times > 1 else "")
        yield from block[1:]
    for entry in report["entries"]:
        outcomes.update(fate["fate"] for fate in entry["hooks"])
    outcomes.update("refused at registration" for _ in refused)
    alone = [each for each in registrations.values() if each["number"] not in met and not each["error"]]
    without = sum(not entry["hooks"] for entry in report["entries"])
    yield ""
    yield from (f"note: {note}" for note in report["notes"])
    yield _closing(outcomes, alone, without)


def _closing(outcomes: Counter[str], alone: list[dict[str, Any]], without: int) -> str:
    parts = [f"{count} {fate}" for fate, count in sorted(outcomes.items())]
    if alone:
        parts.append(f"{len(alone)} met no entry point")
    if without:
        parts.append(f"{without} entry {'point' if without == 1 else 'points'} met no hook")
    return "Hooks: " + ", ".join(parts) if parts else "No hook was registered"


def _counted(blocks: list[list[str]]) -> Iterator[tuple[list[str], int]]:
    """Yield each block once, with how often it comes: programs script and trace in loops."""
    counts = Counter(tuple(block) for block in blocks)
    for block, times in counts.items():
        yield list(block), times


def _entry(entry: dict[str, Any], registrations: dict[int, dict[str, Any]]) -> Iterator[str]:
    what = f" of {entry['module_class']}" if entry["module_class"] else ""
    ended = f": {_error(entry['error'])}" if entry["error"] else ""
    yield f"{_location(entry['chain'])}: {entry['api']}{what}{ended}"
    same: dict[tuple[str, str, str], list[str]] = {}
    for fate in entry["hooks"]:
        registration = registrations[fate["registration"]]
        key = (registration["hook"]["name"], _origin(registration), _fate(fate, entry["error"], registration))
        same.setdefault(key, []).append(_receiver(registration, fate))
    for (name, origin, words), receivers in same.items():
        yield f"    {name} on {_some(receivers)}, {origin}: {words}"


def _refusal(registration: dict[str, Any]) -> Iterator[str]:
    yield f"{_location(registration['chain'])}: {registration['api']}: {_error(registration['error'])}"
    kind = registration["module_class"] or "all modules"
    yield f"    {registration['hook']['name']} on {kind}: refused at registration"


def _receiver(registration: dict[str, Any], fate: dict[str, Any]) -> str:
    if registration["receiver"] == "global":
        return "all modules"
    cls = registration["module_class"] or "a module"
    return f"{cls} `{fate['path_in_model']}`" if fate["path_in_model"] else str(cls)


def _some(receivers: list[str]) -> str:
    shown = receivers[:_MOST_PATHS] if len(receivers) > _MOST_PATHS + 1 else receivers
    more = len(receivers) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _origin(registration: dict[str, Any]) -> str:
    return f"registered at {_location(registration['chain'])}" if registration["chain"] else "found there"


def _fate(fate: dict[str, Any], error: dict[str, Any] | None, registration: dict[str, Any]) -> str:
    during, after = fate["calls_during"], fate["calls_after"]
    words = {
        "refused": "refused" + _where(error, registration),
        "ran while tracing only": "ran while tracing only" + _calls(during, after),
        "too late": f"registered too late for this, not in the copy{_afterwards(after)}",
        "called": f"called {_times(after)} since",
        "not called": "never called",
        "not reached": "not reached, the error is another's",
    }.get(fate["fate"], str(fate["fate"]))
    return f"{words} ({fate['note']})" if fate["note"] else words


def _calls(during: int | None, after: int | None) -> str:
    return "" if during is None or after is None else f": {_times(during)} then, {_times(after)} since"


def _afterwards(after: int | None) -> str:
    return f"; called {_times(after)} since" if after else ""


def _times(count: int | None) -> str:
    return "?" if count is None else "once" if count == 1 else "never" if not count else f"{count} times"


def _where(error: dict[str, Any] | None, registration: dict[str, Any]) -> str:
    """Return the first place in the hook's file that the error tells of."""
    locations = (error or {}).get("places", ())
    for path, line in locations:
        if path == registration["hook"]["path"]:
            return f" at {_place(path, line)}"
    return ""


def _error(error: dict[str, Any]) -> str:
    first = next((line.strip() for line in error["message"].splitlines() if line.strip()), "")
    return f"{error['type']}: {first}" if first else str(error["type"])


def _location(chain: list[dict[str, Any]]) -> str:
    return _place(chain[0]["path"], chain[0]["line"]) if chain else "?"


def _place(path: str, line: int) -> str:
    if not path.endswith(".ipynb"):
        return f"{_relative(path)}:{line}"
    from hookproof.watching.notebook_program import place  # a script must find little imported

    return f"{_relative(path)}:{place(path, line)}"


def _relative(path: str) -> str:
    try:
        shown = os.path.relpath(path)
    except (OSError, ValueError):
        return path
    return path if shown.startswith(os.pardir + os.sep) else shown
