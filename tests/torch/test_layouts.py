"""One program in several layouts: the texts mean the same, and the same is found in each."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from layout_programs import Source, in_layouts, sources
from layout_verdicts import seen
from layouts import LAYOUTS, CannotError, Parts
from statement_texts import bound, edited, global_names, renamed, shifted, statements, used_in_scopes

pytestmark = pytest.mark.slow  # by its mere number

PROGRAM = Parts(
    "export",
    (
        "import torch\n",
        "from torch import nn\n",
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc = nn.Linear(2, 2)\n\n    def forward(self, x):\n        return self.fc(x)\n",
        "def count(module, input, output):\n    print(module.seen)  # HKP301\n",
    ),
    (
        "model = Net()\n",
        "handle = model.fc.register_forward_hook(count)  # HKP204\n",
        "scripted = torch.jit.script(model)\n",
        "handle.remove()\n",
        "return scripted\n",
    ),
)
ENDS = {
    "function": """
def export():
    model = Net()
    handle = model.fc.register_forward_hook(count)  # HKP204
    scripted = torch.jit.script(model)
    handle.remove()
    return scripted
""",
    "script": """
model = Net()
handle = model.fc.register_forward_hook(count)  # HKP204
scripted = torch.jit.script(model)
handle.remove()
print(scripted)
""",
    "main guard": """
if __name__ == "__main__":
    model = Net()
    handle = model.fc.register_forward_hook(count)  # HKP204
    scripted = torch.jit.script(model)
    handle.remove()
    print(scripted)
""",
    "owner's constructor": """
class HookOwner:
    def __init__(self):
        self.model = Net()
        self.handle = self.model.fc.register_forward_hook(count)  # HKP204


def export():
    owner = HookOwner()
    scripted = torch.jit.script(owner.model)
    owner.handle.remove()
    return scripted
""",
}


@pytest.mark.parametrize("layout", ENDS)
def test_a_program_is_laid_out(layout: str) -> None:
    assert LAYOUTS[layout](PROGRAM).endswith(ENDS[layout])


def test_a_module_may_register_on_itself() -> None:
    program = Parts(
        "export",
        PROGRAM.head,
        ("model = Net()\n", "model.fc.register_forward_hook(count)\n", "torch.jit.script(model)\n"),
    )
    text = LAYOUTS["module's constructor"](program)
    assert "nn.Linear(2, 2)\n        self.fc.register_forward_hook(count)\n" in text
    assert text.endswith("def export():\n    model = Net()\n    torch.jit.script(model)\n")


def test_a_copy_made_before_the_registration_is_another_program() -> None:
    copied = ("model = Net()\n", "ema = copy.deepcopy(model)\n")
    registering = ("model.fc.register_forward_hook(count)\n", "torch.jit.script(ema)\n")
    program = Parts("export", ("import copy\n", *PROGRAM.head), (*copied, *registering))
    with pytest.raises(CannotError, match="made of the module before"):
        LAYOUTS["module's constructor"](program)


def test_what_was_scripted_before_is_handed_to_the_constructor() -> None:
    body = ("torch.jit.script(Net()).register_forward_hook(count)  # HKP101\n",)
    text = LAYOUTS["owner's constructor"](Parts("export", PROGRAM.head, body))
    assert text.endswith(
        "class HookOwner:\n    def __init__(self, compiled):\n"
        "        compiled.register_forward_hook(count)  # HKP101\n\n\n"
        "def export():\n    compiled = torch.jit.script(Net())\n    owner = HookOwner(compiled)\n"
    )


def test_a_return_in_the_middle_leaves_the_script() -> None:
    body = ("for n in range(3):\n    if n:\n        return n\n", "print('end')\n")
    text = LAYOUTS["script"](Parts("export", (), body))
    assert text.startswith("import sys\n")
    assert text.endswith("for n in range(3):\n    if n:\n        print(n); sys.exit()\nprint('end')\n")


def test_names_that_would_clash_at_the_top_level_are_renamed() -> None:
    head = ("handle = None\n", "def reads():\n    return handle\n")
    text = LAYOUTS["script"](Parts("export", head, ("handle = 1\n", "print(handle, reads())\n")))
    assert text.endswith("handle_here = 1\nprint(handle_here, reads())\n")


def test_names_of_the_file_stay_names_of_the_file_in_a_function() -> None:
    parts = Parts("main", ("def sets():\n    global net\n    net = 1\n",), ("net = None\n", "sets()\n"))
    assert LAYOUTS["function"](parts).endswith("def main():\n    global net\n    net = None\n    sets()\n")


WITHOUT = {
    "nothing is registered by the statements of the program": (
        "model = Net()\n",
        "torch.jit.script(model)\n",
    ),
    "one statement registers and scripts": (
        "for net in [Net()]:\n    net.register_forward_hook(count)\n    torch.jit.script(net)\n",
    ),
    "the program may be left before it registers": (
        "net = Net()\n",
        "if net.training:\n    return\n",
        "net.register_forward_hook(count)\n",
    ),
}


@pytest.mark.parametrize("reason", WITHOUT)
def test_the_reason_is_told_where_nothing_can_be_moved(reason: str) -> None:
    with pytest.raises(CannotError, match=reason):
        LAYOUTS["owner's constructor"](Parts("export", PROGRAM.head, WITHOUT[reason]))


def test_strings_over_lines_stay_as_they_are() -> None:
    text = 'x = """a\n  b\n"""\nif x:\n    y = 1\n'
    assert shifted(text, 4) == '    x = """a\n  b\n"""\n    if x:\n        y = 1\n'
    assert shifted(shifted(text, 4), -4) == text


def test_statements_keep_the_comments_above_and_beside_them() -> None:
    assert statements("# why\na = 1  # HKP101\n\nb = 2; c = 3\n") == [
        "# why\na = 1  # HKP101\n",
        "b = 2; c = 3\n",
    ]


def test_names_are_bound_where_python_binds_them() -> None:
    text = "import a.b, c as d\nfor e, f in x: g = [h for h in e]\nwith y as i: pass\ndef j(k): l = 1\n"
    assert bound([text]) == {"a", "d", "e", "f", "g", "i", "j"}
    assert used_in_scopes([text]) == {"h", "e", "l"}
    assert global_names("def f(a):\n    return a + b\n\n\nc = 1\n") == {"b"}


def test_names_are_replaced_in_a_line_of_letters_of_any_width() -> None:
    assert renamed("print('é', net, f(net=net), lambda net: net)\n", {"net": "m"}) == (
        "print('é', m, f(net=m), lambda m: m)\n"
    )
    assert renamed("def net():\n    global net\n", {"net": "m"}) == "def m():\n    global m\n"
    assert edited("a = 1\n", lambda node: None) == "a = 1\n"


def one_layout_each() -> list[tuple[Source, str]]:
    """Return every program with one layout that it can have, so that each layout gets its share."""
    pairs = []
    for source in sources():
        names = sorted(LAYOUTS, key=lambda name: zlib.crc32(f"{source.origin} {name}".encode()))
        pairs.append(next((source, name) for name in names if in_layouts([(source, name)])[0]))
    return pairs


# What `check` says otherwise in another layout than the one a program was written in, and should not.
KNOWN = {
    ("form __import__ with a list of names", "owner's constructor"): "missing ['HKP302'], new []",
    ("form class found by globals", "owner's constructor"): "missing ['HKP302'], new []",
    ("form models registered as their classes are made", "function"): "missing ['HKP302'], new []",
    ("form registry of model classes by name", "owner's constructor"): "missing ['HKP302'], new []",
    ("hkp901_hook_on_container.differs_list", "owner's constructor"): "missing ['HKP901'], new []",
    ("hkp902_hook_on_attention_projection.differs_features", "owner's constructor"): (
        "missing ['HKP902'], new []"
    ),
    ("hkp903_forward_skips_hooks.differs_method", "owner's constructor"): "missing ['HKP903'], new []",
    ("hkp904_hook_on_uncalled_part.differs_forward", "module's constructor"): "missing ['HKP904'], new []",
    ("hkp905_hook_on_replaced_part.differs_new_head", "module's constructor"): "missing ['HKP905'], new []",
    ("hkp912_parameter_hook_lost_by_loading.differs_mask", "owner's constructor"): (
        "missing ['HKP912'], new []"
    ),
}


def a_quarter(pairs: Sequence[tuple[Source, str]]) -> list[tuple[Source, str]]:
    """Return a quarter of the programs, always the same, and more until each rule is in it."""
    in_order = sorted(pairs, key=lambda pair: zlib.crc32(pair[0].origin.encode()))
    chosen, rest = in_order[: len(pairs) // 4], in_order[len(pairs) // 4 :]
    codes = {code for source, _ in chosen for code in source.codes}
    for source, layout in rest:
        if not codes.issuperset(source.codes):
            chosen.append((source, layout))
            codes.update(source.codes)
    return chosen


def test_the_same_is_found_in_every_layout(tmp_path: Path) -> None:
    """Each program is checked in one layout other than its own; what differs is known and written down."""
    pairs = one_layout_each()
    chosen = a_quarter(pairs)
    assert {layout for _, layout in chosen} == set(LAYOUTS)
    assert {c for source, _ in chosen for c in source.codes} == {c for s, _ in pairs for c in s.codes}
    programs, cannot = in_layouts(chosen)
    assert not cannot
    tried = {(source.origin, layout) for source, layout in chosen}
    differing = {
        (each.source.origin, each.layout): f"missing {sorted(missing)}, new {sorted(new)}"
        for each, _, missing, new in seen(programs, tmp_path).differences
    }
    assert differing == {each: said for each, said in KNOWN.items() if each in tried}
