"""Print every hook registration below the given paths, found with `ast` alone: `path:line: name`.

A search that shares nothing with the linker but the names of the atlas, to hold the inventory against. It
follows names within one file, lexically and in any order, so it knows imports, aliases and `getattr`.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from hookproof.facts.atlas import Facts

_FACTS = Facts()
METHODS = frozenset(_FACTS.hook_apis)
FUNCTIONS = frozenset(
    {*_FACTS.global_hook_apis}
    | {n for n, u in _FACTS.legacy_utilities.items() if u.installs == "hook object"}
)
MODULE_FILE = "torch.nn.modules.module"
# Optimizers and tensors have hook methods of the same names; these words in a receiver say it is one.
OTHER_OWNERS = ("optim",)


class Registration(NamedTuple):
    """One call that registers a hook."""

    line: int
    name: str


def registrations(source: str, module: str = "") -> list[Registration]:
    """Return the registrations of a file in source order; `module` is its dotted name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    search = _Search(tree, module)
    return sorted({Registration(call.lineno, name) for call, name in search.found()})


class _Search:
    def __init__(self, tree: ast.Module, module: str) -> None:
        self.tree, self.module = tree, module
        self.parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        self.imports = dict(self._imports())
        self.own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        self.aliases: dict[str, str] = {}
        self.aliases = dict(self._aliases())

    def found(self) -> Iterator[tuple[ast.Call, str]]:
        """Yield each registering call with what it calls."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and (node.args or node.keywords):
                name = self._registers(node.func)
                if name is not None and not self._is_other_method(node):
                    yield node, name

    def _registers(self, func: ast.expr) -> str | None:
        if isinstance(func, ast.Attribute) and func.attr in METHODS:
            return None if _is_other(func.value) else func.attr
        if isinstance(func, ast.Call) and _called(func) == "getattr" and len(func.args) > 1:
            name = func.args[1]
            return name.value if isinstance(name, ast.Constant) and name.value in METHODS else None
        if isinstance(func, ast.Name) and func.id in self.aliases:
            return self.aliases[func.id]
        qualname = self._qualname(func)
        return qualname.rpartition(".")[2] if qualname in FUNCTIONS else None

    def _qualname(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            if node.id in self.own:
                return f"{self.module}.{node.id}"
            return self.imports.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self._qualname(node.value)
            return None if owner is None else _public(f"{owner}.{node.attr}")
        return None

    def _imports(self) -> Iterator[tuple[str, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    yield alias.asname or top, alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom):
                package = self.module.split(".")[: -node.level] if node.level else []
                start = ".".join([*package, *([node.module] if node.module else [])])
                for alias in node.names:
                    yield alias.asname or alias.name, _public(f"{start}.{alias.name}")

    def _aliases(self) -> Iterator[tuple[str, str]]:
        """Yield the names that hook methods are bound to: `f = m.register_forward_hook if … else …`."""
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
            ):
                values = [node.value]
                if isinstance(node.value, ast.IfExp):
                    values = [node.value.body, node.value.orelse]
                for value in values:
                    name = self._registers(value)
                    if name is not None and not isinstance(value, ast.Call):
                        yield node.targets[0].id, name

    def _is_other_method(self, call: ast.Call) -> bool:
        """Whether it is `self.register_…` in a class that has a method of its own by that name."""
        func = call.func
        if not isinstance(func, ast.Attribute) or ast.unparse(func.value) != "self":
            return False
        node: ast.AST | None = call
        while node is not None and not isinstance(node, ast.ClassDef):
            node = self.parents.get(node)
        if node is None or (self.module, node.name) == (MODULE_FILE, "Module"):
            return False
        return any(isinstance(method, ast.FunctionDef) and method.name == func.attr for method in node.body)


def _public(qualname: str) -> str:
    """Return the name in the atlas of a function that is imported from a package above its file."""
    owner, _, name = qualname.rpartition(".")
    if owner in {"torch.nn.modules", "torch.nn.modules.module", "torch.nn"}:
        return f"{MODULE_FILE}.{name}" if f"{MODULE_FILE}.{name}" in FUNCTIONS else qualname
    return qualname


def _is_other(receiver: ast.expr) -> bool:
    text = ast.unparse(receiver).lower()
    return any(word in text for word in OTHER_OWNERS)


def _called(call: ast.Call) -> str | None:
    return call.func.id if isinstance(call.func, ast.Name) else None


def _module_name(path: Path) -> str:
    names = [] if path.stem == "__init__" else [path.stem]
    folder = path.resolve().parent
    while (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    return ".".join(names) + (".__init__" if path.stem == "__init__" else "")


def main(arguments: list[str]) -> int:
    """Print the registrations of the files below each path; return 1 where a file could not be parsed."""
    failed = False
    for start in map(Path, arguments):
        for path in sorted(start.rglob("*.py")) if start.is_dir() else [start]:
            try:
                found = registrations(path.read_bytes().decode(), _module_name(path))
            except (SyntaxError, ValueError) as error:
                print(f"{path}: {error}", file=sys.stderr)
                failed = True
                continue
            for line, name in found:
                print(f"{path}:{line}: {name}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
