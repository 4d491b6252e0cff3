"""What all experiments share: the project's module, the module class, instances, torch's answers."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import os
import re
import sys
from typing import Any, Callable

from . import imports, instances, values
from .captures import capture
from .compare import is_akin, is_predicted
from .hooks import TYPING, Signature, clear_hooks, read_signature, replace_forward
from .installed import nn, torch
from .lacking import Lacked, give
from .outcome import REDUCED, STAND_IN, InconclusiveError, describe, in_fork, one_line
from .sources import Function, Source, parameters, source_of
from .targets import is_script


class Bench:
    """One experiment's finding and what is made for it; `notes` are for the verdict."""

    def __init__(self, experiment: dict[str, Any], stage: Callable[[str], None]) -> None:
        self.experiment = experiment
        self.stage = stage
        self.notes: list[str] = []
        self.masked: list[dict[str, Any]] = []  # programs that ended in an error of another cause
        self.folder = os.getcwd()
        self.recipe: dict[str, Any] = {}  # texts from which a script of its own can be made
        self.setup: dict[str, Any] = experiment["setup"]  # what the rule says of its experiment
        self.source: Source = source_of(experiment["path"])
        self.reduction: Any = None  # the last one that was made
        # Whether the hook comes to the flagged line with an eager module, as the experiment finds out.
        self.comes_to_it_eagerly: Callable[[Bench], bool] = lambda _: False
        self.needs_forward = False
        self.given: list[Lacked] = []  # attributes that instances get, for want of which others fail first
        self.has_inputs = False  # whether the project says with what its model is called
        self.is_of_class = True  # until a stand-in takes the place of the module class
        self.learned: dict[str, Any] | None = None  # what forward's signature was read from
        sys.argv[:] = [experiment["path"]]  # what a program that reads its arguments is to see

    @functools.cached_property
    def module(self) -> Any:
        """The finding's file as a module, imported where something needs it; of a script what it defines."""
        e = self.experiment
        if is_script(e):
            return imports.import_script(e["path"], e["module"], e["roots"], self.stage)
        return imports.import_module(e["module"], e["roots"], self.stage)

    @property
    def namespace(self) -> dict[str, Any]:
        """The names of the finding's file, and torch's types as TorchScript spells them."""
        return dict(TYPING, **{**vars(self.module), "torch": torch, "nn": nn})

    @property
    def reads_python(self) -> bool:
        """Whether the hook stays Python, for what it receives was compiled without it."""
        return self.experiment["world"] in ("traced", "script-module")

    @property
    def is_pre(self) -> bool:
        """Whether the hook runs before forward."""
        return "forward_pre" in str(self.experiment.get("api"))

    @functools.cached_property
    def node(self) -> ast.AST:
        """The flagged node."""
        e = self.experiment
        if self.setup.get("is_comment"):
            return self.source.statement_on(e["line"])
        node = self.source.at(e["line"], e["column"], e["end_line"], e["end_column"])
        if node is None:
            raise InconclusiveError("there is no code at the finding's position")
        return node

    @functools.cached_property
    def function(self) -> Function:
        """The function that holds the flagged node: the hook, or a helper it calls."""
        hook = self.experiment.get("hook")
        if hook and hook["path"] == self.experiment["path"]:
            found = self.source.function_at(hook["line"], hook["name"]) or self.source.function_at(
                hook["line"]
            )
            if found is not None and (found is self.node or found in list(self.source.ancestors(self.node))):
                return found
        found = self.source.function_around(self.node)
        if found is None:
            raise InconclusiveError("the finding is not inside a function")
        return found

    @property
    def module_index(self) -> int:
        """The position of the hook parameter."""
        names = [p.arg for p in parameters(self.function)]
        roots = [str(self.experiment.get(key) or "") for key in ("attribute", "expression")]
        for root in roots:
            match = re.search(r"\w+", root)
            if match and match.group() in names and match.group() != "self":
                return names.index(match.group())
        return 1 if self.is_method(self.function) else 0

    def is_method(self, function: Function) -> bool:
        """Tell whether `function` takes `self`."""
        owner = next(self.source.ancestors(function), None)
        decorators = [d.id for d in getattr(function, "decorator_list", []) if isinstance(d, ast.Name)]
        return isinstance(owner, ast.ClassDef) and "staticmethod" not in decorators

    # --- the module class ---------------------------------------------------------------------------

    @functools.cached_property
    def module_class(self) -> Any:
        """The module class of the finding, or a stand-in."""
        name = self.experiment.get("module_class")
        if not name:
            self.tell(["the module class is not known: tried on a stand-in module"])
            return instances.StandIn
        found = self.resolve(name)
        if found is nn.Module:
            self.tell(["any module may be meant: tried on a stand-in module"])
            return instances.StandIn
        return found

    def use_stand_in(self, reason: str) -> None:
        """Ask on a stand-in from here on, where the module class can't be used and need not be."""
        self.tell(["tried on a stand-in module, because {}".format(reason)])
        self.module_class = instances.StandIn
        self.needs_forward = False
        self.is_of_class = False
        self.experiment.pop("signature", None)

    @property
    def is_stand_in(self) -> bool:
        """Whether a stand-in is used for an unknown module class."""
        return self.module_class is instances.StandIn

    def resolve(self, name: str) -> Any:
        """Return what `module:qualname` (or a dotted name) stands for, nested in functions included."""
        if ":" in name:
            module_name, qualname = name.split(":")
            module = self._import(module_name)
        else:
            module, qualname = self._split(name)
        if "<locals>" in qualname:
            return self._resolve_local(qualname)
        value = module
        for part in qualname.split("."):
            try:
                value = getattr(value, part)
            except AttributeError as error:
                raise InconclusiveError(
                    "{} has no {} after import".format(module.__name__, qualname)
                ) from error
        return value

    def _import(self, name: str) -> Any:
        if name == getattr(self.module, "__name__", None):
            return self.module
        return imports.import_module(name, self.experiment["roots"], self.stage)

    def _split(self, name: str) -> tuple[Any, str]:
        parts = name.split(".")
        with contextlib.suppress(InconclusiveError):
            self.module  # noqa: B018  # from then on the project's folders can be imported from
        for size in range(len(parts) - 1, 0, -1):
            prefix = ".".join(parts[:size])
            found = imports.imported(prefix)
            if found is not None:
                return found, ".".join(parts[size:])
            try:
                return importlib.import_module(prefix), ".".join(parts[size:])
            except ImportError:
                continue
            except BaseException as error:
                raise InconclusiveError("importing {} failed: {}".format(prefix, one_line(error))) from error
        if hasattr(self.module, parts[0]):
            return self.module, name
        raise InconclusiveError("{} can't be imported".format(name))

    def _resolve_local(self, qualname: str) -> Any:
        outer, _, inner = qualname.partition(".<locals>.")
        values = self.captured(outer.split(".")[-1])
        name = inner.split(".<locals>.")[-1]
        if name.split(".")[0] not in values:
            raise InconclusiveError("{} is defined inside {}, which could not be run".format(name, outer))
        value = values[name.split(".")[0]]
        for part in name.split(".")[1:]:
            value = getattr(value, part)
        return value

    def captured(self, function: str) -> dict[str, Any]:
        """Run the program that reaches `function` and return the values of its local names at its end."""
        return capture(self.experiment, lambda: self.module, function)

    def model(self, with_hooks: bool = False) -> Any:
        """Return a fresh instance of the module class without any hooks."""
        e = self.experiment
        factory = self.resolve(e["factory"]) if e.get("factory") else None
        notes: list[str] = []
        self.stage("making an instance")
        texts = e.get("constructors", [])
        model = instances.make_instance(self.module_class, texts, self.namespace, factory, notes, self.recipe)
        if factory is not None and hasattr(factory, "__code__"):
            self.recipe["factory"] = [factory.__code__.co_filename, factory.__name__]
        self.recipe["class"] = [self.module_class.__module__, self.module_class.__qualname__]
        if not isinstance(model, nn.Module):
            raise InconclusiveError("{} is not an nn.Module".format(type(model).__name__))
        self.tell(notes)
        if not with_hooks:
            clear_hooks(model)
        give(model, self.given)
        if self.needs_forward:
            self.recipe["forwards"] = replace_forward(model, self.folder)
        self.stage("")
        return model

    def inputs(self, model: Any) -> tuple[Any, ...]:
        """Return inputs with which `model` runs."""
        e = self.experiment
        if e.get("inputs_factory"):
            self.has_inputs = True
            made = self.resolve(e["inputs_factory"])()
            return made if isinstance(made, tuple) else (made,)
        notes: list[str] = []
        arguments = instances.make_inputs(model, e.get("inputs", []), self.namespace, notes)
        self.has_inputs = bool(notes)
        self.tell(notes)
        self.recipe["inputs"] = values.spell_inputs(arguments)
        return arguments

    def tell(self, notes: list[str]) -> None:
        """Add notes for the verdict, each once."""
        self.notes += [note for note in notes if note not in self.notes]

    @functools.cached_property
    def types_matter(self) -> bool:
        """Whether what is compiled first may matter: `isinstance` knows only a class's first type."""
        function = self.source.function_around(self.node)
        outermost = [self.node, *self.source.ancestors(self.node)][-2] if function is not None else self.node
        return any(isinstance(n, ast.Name) and n.id == "isinstance" for n in ast.walk(outermost))

    # --- asking torch -------------------------------------------------------------------------------

    @functools.cached_property
    def signature(self) -> Signature:
        """What forward takes and returns; it is replaced if it fails to script for its own reasons."""
        # Each in a process of its own: a type whose forward failed can't be compiled again with another.
        fields = self.experiment.get("signature") or in_fork(self._ask_signature)
        self.learned = fields if self.is_of_class else None
        if "error" in fields:
            self.needs_forward = True
            self.tell(
                [
                    "forward was replaced, because the model does not script by itself ({})".format(
                        fields["error"]
                    )
                ]
            )
            fields = in_fork(self._ask_signature)
        if "error" in fields and self.matches(fields["failure"], is_reduced=True):
            # With the hook it fails in the same way, so nothing has to be known of forward.
            self.tell(["the model fails for this reason without the hook too"])
            return Signature([], "")
        if "error" in fields:
            raise InconclusiveError(
                "masked by: the model does not script by itself ({})".format(fields["error"])
            )
        self.tell(fields["notes"])
        return Signature(fields["inputs"], fields["output"])

    def _ask_signature(self) -> dict[str, Any]:
        try:
            signature = read_signature(self.model())
        except InconclusiveError:
            raise
        except Exception as error:
            return {"error": one_line(error), "failure": describe(error)}
        return {"inputs": signature.inputs, "output": signature.output, "notes": list(self.notes)}

    def matches(self, error: dict[str, Any] | None, is_reduced: bool = False) -> bool:
        """Tell whether torch's error is the predicted one, at the predicted place."""
        return error is not None and is_predicted(self.experiment, error, is_reduced)

    def try_variants(
        self, variants: list[tuple[str, Callable[[], Any]]], is_apart: bool = False
    ) -> list[dict[str, Any]]:
        """Ask each variant until one matches or passes; return the attempts.

        Each has a process of its own where `is_apart`, or what is compiled first matters.
        """
        attempts = []
        for name, action in variants:
            ask = functools.partial(self._ask, name, action)
            fields = in_fork(ask) if is_apart or self.types_matter else ask()
            self.tell(fields.pop("notes"))
            attempts.append(fields)
            if fields["error"] is None or fields.get("matched"):
                break
        return attempts

    def _ask(self, name: str, action: Callable[[], Any]) -> dict[str, Any]:
        fields: dict[str, Any] = {"name": name, "error": None}
        for key in ("hook", "captured", "unknown"):
            self.recipe.pop(key, None)
        try:
            value = action()
            if isinstance(value, dict):
                fields.update(value)
        except InconclusiveError as error:
            fields.update(
                inconclusive_variant=str(error), error={"type": "", "bases": [], "message": str(error)}
            )
        except MemoryError:
            raise
        except BaseException as error:
            fields["error"] = describe(error)
            fields["matched"] = self.matches(fields["error"], not name.endswith("as it is"))
            # The compiler has one class of errors for nearly everything, so there it tells nothing.
            fields["akin"] = self.reads_python and is_akin(self.experiment, fields["error"])
        fields["shown_by"] = STAND_IN if self.is_stand_in else REDUCED
        fields["notes"] = list(self.notes)
        fields["recipe"] = dict(self.recipe)
        return fields
