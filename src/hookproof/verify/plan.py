"""Turns findings into experiments: plain descriptions that a worker can carry out without the linter."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from hookproof.finding import Finding, Prediction
from hookproof.rules.experiment import Asks, Program, ReducedHook
from hookproof.rules.registry import rule
from hookproof.verify.literals import Literals, find_literals


class HookLocation(Struct, frozen=True):
    """Where the hook of an experiment is defined."""

    name: str
    path: str
    line: int


class Experiment(Struct, frozen=True, omit_defaults=False):
    """Everything the worker needs to know to check one finding against torch.

    `asks` and `setup` are what the rule says of its experiment, the finding's registration filled in.
    `roots` are the folders that must be importable, first one first. `constructors` and `inputs` are the
    argument texts of calls with literal arguments found in the project.
    """

    id: int
    asks: Asks
    setup: Program | ReducedHook
    world: str
    outcome: str
    is_certain: bool
    path: str
    module: str
    roots: tuple[str, ...]
    line: int
    column: int
    end_line: int
    end_column: int
    attribute: str | None = None
    expression: str | None = None
    hook: HookLocation | None = None
    api: str = ""
    form: str = ""
    entry: str | None = None
    entry_path: str | None = None
    entry_line: int = 0
    registration_path: str | None = None
    registration_line: int = 0
    module_class: str | None = None
    constructors: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    factory: str | None = None
    inputs_factory: str | None = None
    tests: tuple[str, ...] = ()
    prediction: Prediction | None = None
    timeout: float | None = None


class Factories(Struct, frozen=True):
    """The user's functions that make instances and inputs, by module class (`pkg.mod:Net`), and their tests.

    `tests` are programs to run, as pytest spells them: an absolute path, `::`, a name.
    """

    instances: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    tests: tuple[str, ...] = ()


def plan(
    findings: Iterable[Finding], factories: Factories | None = None, timeout: float | None = None
) -> Iterator[Experiment]:
    """Yield one experiment for each finding, numbered in their order."""
    named = factories or Factories()
    for number, finding in enumerate(findings):
        yield _experiment(number, finding, named, timeout)


def _experiment(number: int, finding: Finding, factories: Factories, timeout: float | None) -> Experiment:
    path = os.path.abspath(finding.path)
    module, root = module_name(path)
    roots = [root]
    subject = finding.subject
    hook = None
    if finding.hook is not None:
        hook_path = os.path.abspath(finding.hook.path)
        hook = HookLocation(finding.hook.name, hook_path, finding.hook.line)
        roots.append(module_name(hook_path)[1])
    module_class = (subject.module_class if subject else None) or finding.module_class
    sites = {path, *(os.path.abspath(e.path) for e in finding.evidence)}
    for other in [subject.registration_path, subject.entry_path] if subject else []:
        if other:
            sites.add(os.path.abspath(other))
    literals = find_literals(module_class, tuple(sorted(sites))) if module_class else Literals()
    return Experiment(
        id=number,
        asks=rule(finding.code).asks,
        setup=_setup(finding),
        world=finding.world,
        outcome=finding.outcome,
        is_certain=finding.confidence == "certain",
        path=path,
        module=module,
        roots=tuple(
            dict.fromkeys([*roots, *(module_name(s)[1] for s in sorted(sites) if s.endswith(".py"))])
        ),
        line=finding.line,
        column=finding.column,
        end_line=finding.end_line,
        end_column=finding.end_column,
        attribute=finding.attribute,
        expression=subject.expression if subject else None,
        hook=hook,
        api=subject.api if subject else "",
        form=subject.form if subject else "",
        entry=subject.entry if subject else None,
        entry_path=os.path.abspath(subject.entry_path) if subject and subject.entry_path else None,
        entry_line=subject.entry_line if subject else 0,
        registration_path=os.path.abspath(subject.registration_path)
        if subject and subject.registration_path
        else None,
        registration_line=subject.registration_line if subject else 0,
        module_class=module_class,
        constructors=literals.calls,
        inputs=literals.inputs,
        factory=_named(factories.instances, module_class),
        inputs_factory=_named(factories.inputs, module_class),
        tests=factories.tests,
        prediction=finding.prediction,
        timeout=timeout,
    )


def _setup(finding: Finding) -> Program | ReducedHook:
    setup = rule(finding.code).experiment
    if isinstance(setup, Program) and setup.life_cycle is not None:
        api = finding.subject.api if finding.subject else ""
        return replace(setup, life_cycle=setup.life_cycle.of(api))
    return setup


def _named(factories: Mapping[str, str], module_class: str | None) -> str | None:
    if module_class is None:
        return None
    wanted = module_class.replace(":", ".")
    return next((made for name, made in factories.items() if name.replace(":", ".") == wanted), None)


@lru_cache(maxsize=4096)
def module_name(path: str) -> tuple[str, str]:
    """Return the dotted name under which a file is imported and the folder that must be importable for it."""
    file = Path(path)
    parts = [] if file.stem == "__init__" else [file.stem]
    folder = file.parent
    while (folder / "__init__.py").exists() and folder.parent != folder:
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts), str(folder)
