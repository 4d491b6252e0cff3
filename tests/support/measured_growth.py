"""Checks programs that grow, each in a process of its own, and prints what it took: see `grown_programs`."""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from grown_programs import counts, grown
from hookproof.session.pipeline import check_paths, inventory
from hookproof.settings import Settings
from hostile_texts import with_line

TIMES = 8
"""How much more there is of everything in the larger program."""

_SECONDS, _BYTES = 30, 1 << 30


def main() -> None:
    """Print a line of JSON for each kind."""
    Path("good.py").write_text(with_line("pass"), "utf-8")
    check_paths(["good.py"], Settings())  # so that all has been imported
    inventory(["good.py"], Settings())
    for name, count in counts():
        sizes = {size: _measured(name, size) for size in (count, TIMES * count)}
        print(json.dumps({"name": name, "sizes": sizes}), flush=True)


def _measured(name: str, count: int) -> dict[str, Any]:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
        try:
            answer = _looked_at(grown(name, count))
        except BaseException:
            answer = {"error": traceback.format_exc()}
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as stream:
        said = stream.read()
    _, status = os.waitpid(child, 0)
    found: dict[str, Any] = json.loads(said) if said else {"error": f"ended by {status}"}
    return found


def _looked_at(files: dict[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("pyproject.toml").touch()
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, "utf-8")
        answer: dict[str, Any] = {"failed": []}
        for what, look in (("check", check_paths), ("hooks", inventory)):
            start = time.process_time()
            report = look(["."], Settings())
            answer[what] = time.process_time() - start
            answer["failed"] += [failure.reason for failure in report.files.failed]
        answer["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        os.chdir("/")
    return answer


if __name__ == "__main__":
    sys.exit(main())
