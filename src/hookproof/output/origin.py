"""Where a page for people says it is from: project, date and commit."""

from __future__ import annotations

import os
import subprocess
import time

from hookproof.output.shown import safe
from hookproof.report import Origin

_SECONDS = 10


def origin_of(path: str) -> Origin:
    """Return the origin of what is found under a path; SOURCE_DATE_EPOCH sets the date, where it is set."""
    found = os.path.realpath(path)  # unlike `Path.resolve`, it bears links that lead in a circle
    folder = found if os.path.isdir(found) else os.path.dirname(found)
    name = os.path.basename(_git(folder, "--show-toplevel") or folder)
    return Origin(safe(name), _date(), _git(folder, "--short", "HEAD") or None)


def _date() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(epoch) if epoch.isdecimal() else time.time()
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def _git(folder: str, *arguments: str) -> str:
    """Return what `git rev-parse` prints, which runs nothing of the repository; empty where it fails."""
    command = ["git", "-C", folder, "rev-parse", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
