"""Turns findings into experiments: plain descriptions that a worker can carry out without the linter."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct, field

from hookproof.finding import Finding, Prediction


class HookPlace(Struct, frozen=True):
    """Where the hook of an experiment is defined."""

    name: str
    path: str
    line: int


class Experiment(Struct, frozen=True, omit_defaults=False):
    """Everything the worker needs to know to put one finding to torch.

    `roots` are the folders that must be importable, first one first. `constructors` and `inputs` are the
    argument texts of calls with literal arguments found in the project.
    """

    id: int
    code: str
    rule: str
    world: str
    outcome: str
    path: str
    module: str
    roots: tuple[str, ...]
    line: int
    column: int
    end_line: int
    end_column: int
    attribute: str | None = None
    expression: str | None = None
    hook: HookPlace | None = None
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
    prediction: Prediction | None = None
    timeout: float | None = None


class Factories(Struct, frozen=True):
    """The user's functions that make instances and inputs, by module class (`pkg.mod:Net`)."""

    instances: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)


def plan(
    findings: Iterable[Finding], factories: Factories | None = None, timeout: float | None = None
) -> list[Experiment]:
    """Return one experiment for each finding, numbered in their order."""
    named = factories or Factories()
    return [_experiment(number, finding, named, timeout) for number, finding in enumerate(findings)]


def _experiment(number: int, finding: Finding, factories: Factories, timeout: float | None) -> Experiment:
    path = os.path.abspath(finding.path)
    module, root = module_name(path)
    roots = [root]
    subject = finding.subject
    hook = None
    if finding.hook is not None:
        hook_path = os.path.abspath(finding.hook.path)
        hook = HookPlace(finding.hook.name, hook_path, finding.hook.line)
        roots.append(module_name(hook_path)[1])
    module_class = (subject.module_class if subject else None) or finding.module_class
    sites = {path, *(os.path.abspath(e.path) for e in finding.evidence)}
    for other in [subject.registration_path, subject.entry_path] if subject else []:
        if other:
            sites.add(os.path.abspath(other))
    class_name = (module_class or "").replace(":", ".").rpartition(".")[2]
    return Experiment(
        id=number,
        code=finding.code,
        rule=finding.rule,
        world=finding.world,
        outcome=finding.outcome,
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
        constructors=literal_calls(class_name, tuple(sorted(sites))) if class_name else (),
        inputs=literal_inputs(class_name, tuple(sorted(sites))) if class_name else (),
        factory=_named(factories.instances, module_class),
        inputs_factory=_named(factories.inputs, module_class),
        prediction=finding.prediction,
        timeout=timeout,
    )


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


@lru_cache(maxsize=1024)
def literal_calls(class_name: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return the argument texts of calls `Class(…)` with nothing but literals, the first ones only."""
    texts: dict[str, None] = {}
    for path in _project_files(paths):
        tree, text = _parsed(path)
        if tree is None or class_name not in text:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _last_name(node.func) == class_name and _is_literal(node):
                texts[_argument_text(node)] = None
    # A call without arguments says nothing that trying the defaults does not.
    return tuple(text for text in texts if text)[:4]


@lru_cache(maxsize=1024)
def literal_inputs(class_name: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return the argument texts of calls of what the class makes, or is traced with, from literals only."""
    texts: dict[str, None] = {}
    for path in _project_files(paths):
        tree, text = _parsed(path)
        if tree is None or class_name not in text:
            continue
        names = {
            target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and class_name in {_last_name(c) for c in ast.walk(node.value)}
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id in names and _is_tensors(node.args):
                texts[", ".join(ast.unparse(a) for a in node.args)] = None
            if _last_name(node.func) == "trace" and len(node.args) > 1 and _is_tensors(node.args[1:2]):
                example = node.args[1]
                parts = example.elts if isinstance(example, ast.Tuple) else [example]
                texts[", ".join(ast.unparse(a) for a in parts)] = None
    return tuple(text for text in texts if text)[:6]


def _project_files(paths: tuple[str, ...]) -> list[str]:
    files = dict.fromkeys(p for p in paths if p.endswith((".py", ".pyi")))
    for path in paths:
        folder = os.path.dirname(path)
        names = sorted(os.listdir(folder))[:60] if os.path.isdir(folder) else []
        files.update(dict.fromkeys(os.path.join(folder, name) for name in names if name.endswith(".py")))
    return list(files)


@lru_cache(maxsize=256)
def _parsed(path: str) -> tuple[ast.Module | None, str]:
    try:
        text = Path(path).read_text("utf-8")
        return ast.parse(text), text
    except (OSError, ValueError, SyntaxError):
        return None, ""


def _last_name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _argument_text(call: ast.Call) -> str:
    keywords = [f"{k.arg}={ast.unparse(k.value)}" for k in call.keywords]
    return ", ".join([*(ast.unparse(a) for a in call.args), *keywords])


def _is_literal(call: ast.Call) -> bool:
    if any(k.arg is None for k in call.keywords):
        return False
    try:
        for value in [*call.args, *(k.value for k in call.keywords)]:
            ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError):
        return False
    return True


_TENSOR_MAKERS = frozenset({"zeros", "ones", "rand", "randn", "randint", "arange", "tensor", "full", "empty"})


def _is_tensors(arguments: list[ast.expr]) -> bool:
    """Tell whether the arguments are literals, `torch.rand(…)` and the like, and nothing else."""
    for argument in arguments:
        parts = argument.elts if isinstance(argument, ast.Tuple | ast.List) else [argument]
        for part in parts:
            is_made = (
                isinstance(part, ast.Call) and _last_name(part.func) in _TENSOR_MAKERS and _is_literal(part)
            )
            if not is_made and not isinstance(part, ast.Constant):
                return False
    return bool(arguments)
