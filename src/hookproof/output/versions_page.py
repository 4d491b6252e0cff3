"""The page of the documentation about versions of torch, made from their facts and the rules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hookproof.facts.atlas import BASE, SHIPPED, raw_facts
from hookproof.facts.versions import short
from hookproof.output import facts_diff
from hookproof.rules.registry import rules

_HEAD = """\
# Versions of torch

What torch does with hooks differs between its versions. These were probed, and findings are said of
them: {shipped}.

`torch = ">=2.4"` in `[tool.hookproof]`, or `--torch '>=2.4'`, says which versions a project speaks of:
a version (`2.4`), a range, a list of these, or a file of `hookproof facts probe`. Where nothing is set,
what the project says of the torch it needs is taken, nearest to the checked files first: the
dependencies in `pyproject.toml`, `poetry.lock`, `uv.lock` or `pdm.lock`, `requirements*.txt`,
`setup.cfg`. `hookproof check --show-settings` says which (`torch-from`).

- A finding that holds in none of these versions is not reported. One that does not hold in all of them
  has a note: `since 2.6`, `fixed in 2.12`. What it says otherwise, a type to write, is that of the
  newest; where an older one has it otherwise, evidence says so.
- Where nothing says a version, the newest that is known is spoken of, and the note is about all that
  are known.
- Of a version that was not probed, the facts of the newest one before it are taken.

`hookproof facts diff 2.4 2.15` shows all that changed between two versions. `hookproof facts probe
--python .venv/bin/python` measures the torch of an interpreter, a build of your own for one, and writes
a file that `--torch FILE` takes.

## TorchScript's own future

torch says that TorchScript is deprecated: its entry points warn so since 2.11 (`DeprecationWarning`)
and since 2.14 for all to see (`FutureWarning`); on Python 3.14 they say that it is not supported and
may break. `check` says so once, in its closing line, where a project uses it. `torch.export` and
`torch.compile` are what torch points to; hooks fare differently there, which HKP6xx and HKP7xx are
about.
"""


def markdown() -> str:
    """Return the page."""
    listed = ", ".join(f"{version} (Python {raw_facts(version)['python']})" for version in SHIPPED)
    return "\n".join((_HEAD.format(shipped=listed), *_rules(), *_changes())) + "\n"


def _rules() -> Iterator[str]:
    yield "## Rules that do not speak of all versions\n"
    yield "| rule | since | until |\n|---|---|---|"
    for rule in rules():
        if rule.since or rule.until:
            page = f"[{rule.code}](rules/{rule.code}.md)"
            yield f"| {page} {rule.name} | {rule.since or ''} | {rule.until or ''} |"
    yield ""


def _changes() -> Iterator[str]:
    yield "## What changed\n"
    yield f"Made from the facts; 2.13 is {BASE}, and so on. Of long tables only names are given.\n"
    for before, after in reversed(list(pairwise(SHIPPED))):
        yield f"### {short(before)} to {short(after)}\n"
        yield from facts_diff.markdown(facts_diff.changes(raw_facts(before), raw_facts(after)))
        yield ""
