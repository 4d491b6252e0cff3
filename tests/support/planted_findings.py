"""Wrong findings: what a rule says of code that breaks, put on code of the same kind that survives."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from fixture_programs import Fixture, all_fixtures
from hookproof.finding import Finding, HookReference

_REGISTRATIONS = {
    "HKP108": r"\.remove\(",
    "HKP114": r"\.forward\(",
    "HKP115": r"\bscripted\(",
    "HKP121": r"\bmodel\.(count|seen|total)",
}


def planted_registrations(judged: Sequence[Finding]) -> list[Finding]:
    """Return life-cycle findings moved to the same kind of line in programs that survive."""
    moved = []
    for fixture in all_fixtures():
        code = fixture.path.stem[:6].upper()
        models = [f for f in judged if f.code == code and Path(f.path).stem == fixture.path.stem]
        if not re.fullmatch(r"HKP1\d\d", code) or not models:
            continue
        pattern = _REGISTRATIONS.get(code, r"register_(\w+_)?(forward|backward|state_dict)\w*hook\(")
        for line, text in _surviving_lines(fixture):
            if match := re.search(pattern, text):
                moved.append(_move(models[0], line, text, match.start()))
    return moved


def _surviving_lines(fixture: Fixture) -> list[tuple[int, str]]:
    text = fixture.main.read_text("utf-8")
    lines = text.splitlines()
    return [
        (number, lines[number - 1])
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("survives")
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    ]


def _move(finding: Finding, line: int, text: str, start: int) -> Finding:
    # From the start of the dotted name to the bracket that closes the call, or to the end of an attribute.
    first = len(re.sub(r"[\w.\[\]()]*$", "", text[:start]))
    end = (
        start + len(re.match(r"[\w.]+", text[start:])[0]) if finding.code == "HKP121" else len(text.rstrip())
    )  # type: ignore[index]
    if finding.code == "HKP114":
        depth, end = 0, start
        for end in range(start, len(text)):
            depth += (text[end] == "(") - (text[end] == ")")
            if text[end] == ")" and depth == 0:
                break
        end += 1
    changes = {"line": line, "end_line": line, "column": first + 1, "end_column": end + 1, "verdict": None}
    subject = msgspec.structs.replace(finding.subject, registration_line=line, entry_path=None)  # type: ignore[type-var]
    return msgspec.structs.replace(finding, subject=subject, **changes)


def planted_in_hooks(judged: Sequence[Finding]) -> list[Finding]:
    """Return findings about callables, accesses and syntax moved to hooks that survive the same world."""
    moved = []
    for fixture in all_fixtures():
        code = fixture.path.stem[:6].upper()
        models = [f for f in judged if f.code == code and Path(f.path).name == fixture.main.name]
        worlds = {f.world: f for f in reversed(models)}
        if fixture.path.is_dir() or not re.fullmatch(r"HKP[2345]\d\d", code):
            continue
        for hook, api, module_class, world in _surviving_hooks(fixture.main):
            model = worlds.get(world)  # type: ignore[call-overload]
            if model is not None and model.code not in _NEEDS_MORE:
                moved += [_put(model, node, hook, api, module_class) for node in _locations(model, hook)]
    return moved


# What these say depends on more than the hook: on a branch, an order, a file written, other hooks, the model.
_NEEDS_MORE = ("HKP212", "HKP214", "HKP215", "HKP220", "HKP312", "HKP406")


def _surviving_hooks(path: Path) -> Iterator[tuple[ast.FunctionDef, str, str, str]]:
    """Yield each hook that no other program uses, its registration, module class and world.

    Only hooks that meet TorchScript for certain: registered on a local name that is scripted afterwards, or
    on one that was scripted or traced before.
    """
    tree = ast.parse(path.read_text("utf-8"))
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    classes = {n.name for n in tree.body if isinstance(n, ast.ClassDef)}
    broken = {
        n.id
        for f in functions.values()
        if re.match("breaks|differs", f.name)
        for n in ast.walk(f)
        if isinstance(n, ast.Name)
    }
    for program in functions.values():
        if not program.name.startswith("survives") or len(program.body) > 5 or _takes_off(program):
            continue
        made = {
            statement.targets[0].id: statement.value
            for statement in program.body
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        }
        for receiver, hook, api, line in _registrations(program):
            known = hook in functions and hook not in broken and functions[hook].args.args
            # Of a hook under a decorator, what the decorator gives is compiled.
            if not known or functions[hook].decorator_list or receiver not in made:
                continue
            module_class = _class_of(receiver, made, classes)
            world = _world_of(receiver, made, program, line)
            if module_class and world:
                module = path.stem + "." if module_class in classes else ""
                yield functions[hook], api, module + module_class, world


def _takes_off(program: ast.FunctionDef) -> bool:
    """Whether a program takes hooks off again, so that they need not survive."""
    return any(
        isinstance(node, ast.With)
        or (isinstance(node, ast.Attribute) and re.fullmatch(r"remove|_\w+_hooks", node.attr))
        for node in ast.walk(program)
    )


def _registrations(program: ast.FunctionDef) -> Iterator[tuple[str, str, str, int]]:
    for node in ast.walk(program):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2].startswith("register_"):
            owner, _, api = ast.unparse(node.func).rpartition(".")
            names = [a.id for a in node.args if isinstance(a, ast.Name)]
            names = names if owner == "nn.Module" else [owner, *names]
            if len(names) == 2 and not node.keywords and "forward" in api:
                yield names[0], names[1], api, node.lineno


def _class_of(name: str, made: dict[str, ast.expr], classes: set[str]) -> str | None:
    for node in ast.walk(made[name]):
        if isinstance(node, ast.Call):
            made_by = ast.unparse(node.func)
            if made_by in classes:
                return made_by
            if re.fullmatch(r"nn\.[A-Z]\w+", made_by):
                return f"torch.{made_by}"
        if isinstance(node, ast.Name) and node.id in made and node.id != name:
            return _class_of(node.id, made, classes)
    return None


def _world_of(name: str, made: dict[str, ast.expr], program: ast.FunctionDef, line: int) -> str | None:
    text = ast.unparse(made[name])
    if "freeze" in text or "optimize" in text:
        return None
    for entry, world in {"script": "script-module", "trace": "traced"}.items():
        if text.startswith(f"torch.jit.{entry}("):
            return world
    scripted = [
        n.lineno
        for n in ast.walk(program)
        if ast.unparse(n).startswith(f"torch.jit.script({name})") and isinstance(n, ast.Call)
    ]
    return "compiled" if any(n > line for n in scripted) else None


def _locations(model: Finding, hook: ast.FunctionDef) -> list[ast.AST]:
    """Return the nodes of `hook` that are of the kind that the finding speaks of."""
    if model.code.startswith("HKP2"):
        return [hook]
    if model.code.startswith("HKP5"):
        return [s for s in hook.body if not isinstance(s, ast.Return)][:1]
    first = hook.args.args[0].arg
    is_write = model.code in ("HKP303", "HKP304", "HKP407")
    return [
        node
        for node in ast.walk(hook)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == first
        and isinstance(node.ctx, ast.Store) == is_write
        and node.attr != "original_name"  # ScriptModules alone have it, so eager mode has no answer
    ]


def _put(model: Finding, node: ast.AST, hook: ast.FunctionDef, api: str, module_class: str) -> Finding:
    line, column = node.lineno, node.col_offset + 1  # type: ignore[attr-defined]
    end = (node.end_lineno, node.end_col_offset + 1)  # type: ignore[attr-defined]
    if node is hook:
        end = (line, column + len(f"def {hook.name}"))
    text = ast.unparse(node) if isinstance(node, ast.expr) else None
    reference = HookReference(hook.name, model.path, hook.lineno)
    subject = msgspec.structs.replace(
        model.subject,
        api=api,
        form="function",
        module_class=module_class,
        expression=text,  # type: ignore[type-var]
        hook=None,
        entry="torch.jit.trace" if model.world == "traced" else "torch.jit.script",
        entry_path=None,
        registration_path=None,
    )
    return msgspec.structs.replace(
        model,
        line=line,
        column=column,
        end_line=end[0],
        end_column=end[1],
        hook=reference,
        attribute=text,
        module_class=module_class,
        subject=subject,
        verdict=None,
    )
