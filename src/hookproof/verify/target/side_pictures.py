"""Pictures of what a program came to, run in two ways, and what differs between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .installed import torch
from .state import Snapshot, attribute_names, picture, same
from .texts import TOLERANCE, different_lines, first_difference
from .twins import Difference, kept_name
from .wording import words, words_apart

if TYPE_CHECKING:
    from .bench import Bench
    from .witness import Registration

TEXT, RESULT, END = "what the program prints", "what it returns", "how it ends"
_PLAIN = (bool, int, float, str, torch.Tensor)


def picture_of(value: Any) -> Any:
    """Return a picture of a result; modules, and objects of the project, are not looked into."""
    if isinstance(value, (list, tuple)):
        return [picture_of(part) for part in value]
    if isinstance(value, dict):
        return {"of": [[str(k), picture_of(v)] for k, v in value.items()]}
    return picture(value, 0) if isinstance(value, _PLAIN) or value is None else {"kind": "an object"}


def plain_values(names: Any) -> dict[str, Any]:
    """Return pictures of the plain values that a script leaves in its names."""

    def is_plain(value: Any) -> bool:
        return isinstance(value, _PLAIN) or (isinstance(value, tuple) and all(map(is_plain, value)))

    return {"`{}`".format(n): picture(v) for n, v in names.items() if n[:2] != "__" and is_plain(v)}


def different(world: dict[str, Any], eager: dict[str, Any], tolerance: float = TOLERANCE) -> list[str]:
    """Return the labels of what differs between two runs of a program."""
    labels = [] if same(world["values"], eager["values"], tolerance) else ["value"]
    for label in {**world["seen"], **eager["seen"]}:
        one, other = world["seen"].get(label), eager["seen"].get(label)
        is_text = label == TEXT
        if different_lines(one, other, tolerance) if is_text else not same(one, other, tolerance):
            labels.append(label)
    return labels


def beyond(
    found: list[str],
    pair: tuple[dict[str, Any], dict[str, Any]],
    others: tuple[dict[str, Any], dict[str, Any]],
    tolerance: float = TOLERANCE,
) -> list[str]:
    """Return which differences between a pair of runs two others do not have; of a text, by its lines."""
    known = different(*others, tolerance)
    (one, other), (a, b) = ([side["seen"].get(TEXT, "") for side in sides] for sides in (pair, others))
    is_more = bool(different_lines(one, other) - different_lines(a, b, tolerance))
    return [label for label in found if label not in known or (label == TEXT and is_more)]


def difference_of(
    bench: Bench, label: str, eager: dict[str, Any], world: dict[str, Any], known: Any
) -> Difference:
    """Return in words what differs between two runs under a label; of a text what is not `known` to."""
    if label == "value":
        label = "value of " + bench.source.segment(bench.node)
        shown = [", ".join(words(v) for v in side["values"]) for side in (eager, world)]
        if shown[0] == shown[1]:
            shown = list(words_apart(eager["values"], world["values"]))
    elif label == TEXT:
        shown = list(first_difference(eager["seen"][label], world["seen"][label], known))
    elif label == END:
        shown = [side["problem"][2:] or "without an error" for side in (eager, world)]
    else:
        shown = list(words_apart(eager["seen"].get(label), world["seen"].get(label)))
    return Difference(label, shown[0], shown[1])


def model_roots(label: str, module: Any) -> list[tuple[str, Any]]:
    """Return the state of a module, under the same labels whether or not it left eager mode."""
    if not isinstance(module, torch.jit.ScriptModule):
        return [] if module is None else [(label, module)]
    found = []
    for path, part in module.named_modules():
        own = [(name, getattr(part, name)) for name in attribute_names(part)]
        own += [*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)]
        found += [(".".join(filter(None, [label, path, name])), value) for name, value in own]
    return found


def left_by(
    registrations: list[Registration], called: list[Any], names: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    """Return pictures of what is kept under `names` by hooks, and in modules that were `called`."""
    left: dict[str, dict[str, Any]] = {name: {} for name in names}
    if not left:
        return left
    roots = [("hook {}".format(number), r.hook.callable) for number, r in enumerate(registrations)]
    for number, registration in enumerate(registrations):
        roots += model_roots("model {}".format(number), registration.module)
    for number, module in enumerate(called):
        parts = [(path, name, part) for path, part in module.named_modules() for name in left]
        held = [(path, name, getattr(part, name, None)) for path, name, part in parts]
        roots += [("called {}.{}.{}".format(number, path, name), value) for path, name, value in held]
    for label, shown in Snapshot(roots).pictures().items():
        if kept_name(label) in left:
            left[kept_name(label)][label] = shown
    return left
