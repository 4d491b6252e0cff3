"""The hooks of random programs: what they do to their module, in which form, with which annotations."""

from __future__ import annotations

from choosing import Choose
from composed_statements import statement
from program_classes import ATTRIBUTES, METHODS, indented

# What hooks do whatever the class is.
ANYWHERE = (
    "print(m.training)",
    "return output + 1",
    "return output",
    "output = output * 2",
    "m.new = 1",
    "m.result = output",
    "n = 1 if m.training else 2\nprint(n)",
    "print(hasattr(m, 'count'))",
    "print(getattr(m, 'training'))",
    "print(getattr(m, 'absent', 1))",
    "setattr(m, 'other', 1)",
    "print(type(m) is nn.Linear)",
    "print(type(m).__name__)",
    "print(m.__class__.__name__)",
    "print(isinstance(m, nn.Module))",
    "print(isinstance(m, nn.Linear))",
    "print(m.forward is None)",
    "print(len(m._forward_hooks) > 9)",
    "print(len(list(m.parameters())) > 99)",
    "print(len(list(m.children())) > 99)",
    "for name, part in m.named_children():\n    print(name)",
    "for part in m.children():\n    print(1)",
    "print(len(m.state_dict()) > 99)",
    "m.eval()",
    "m.zero_grad()",
    "print(len(vars(m)) > 999)",
    "print(len(str(m)) > 9999)",
    "print(id(m) == 0)",
    "n = m\nprint(n.training)",
    "if not torch.jit.is_scripting():\n    LOG.append(type(m).__name__)",
    "if torch.jit.is_scripting():\n    print(1)\nelse:\n    print(1)",
    "if hasattr(m, 'count'):\n    print(1)",
    "assert m is not None",
    "helper(m)",
    "print(measure(output))",
    "print(GLOBAL)",
    "LOG.append(1)",
    "print(f'{1}')",
    "print(f'{1!r}')",
    "print(sum([1, 2]))",
    "print(max(1, 2))",
    "a = [i for i in range(3)]\nprint(len(a))",
    "a = [i for i in range(3) if i]\nprint(len(a))",
    "try:\n    print(1)\nexcept ValueError:\n    pass",
    "with torch.no_grad():\n    output = output + 1",
    "while False:\n    print(1)",
    "print(output.shape[0])",
    "print(input[0].shape[0])",
    "print(output.mean().item() > 99)",
    "print('{}'.format(1))",
    "pass",
)

ANNOTATIONS = (
    ("input: Tuple[Tensor], output: Tensor", "input: Tuple[Tensor]"),
    ("input, output", "input"),
    ("input: Tuple[Tensor], output", "input"),
    ("input, output: Tensor", "input: Any"),
    ("input: Tensor, output: Tensor", "input: Tensor"),
    ("input: Tuple[Tensor, Tensor], output: Tensor", "input: Tuple[Tensor, Tensor]"),
    ("input: List[Tensor], output: Tensor", "input: List[Tensor]"),
    ("input: Tuple[Tensor], output: Tuple[Tensor]", "input: Tuple[Tensor]"),
    ("input: Tuple[Tensor], output: Optional[Tensor]", "input: Tuple[Optional[Tensor]]"),
    ("input: tuple[Tensor], output: torch.Tensor", "input: tuple[Tensor]"),
    ("*arguments", "*arguments"),
    ("input: Tuple[Tensor], output: Tensor, extra: int = 1", "input: Tuple[Tensor], extra: int = 1"),
    ("input: Tuple[Tensor], output: Tensor, *, extra: int = 1", "input: Tuple[Tensor], *, extra: int = 1"),
)
SCALED = ("input: Tuple[Tensor, float], output: Tensor", "input: Tuple[Tensor, float]")
RETURNS = ("", "", "", " -> None", " -> Tensor", " -> Optional[Tensor]", " -> Tuple[Tensor]")

FORMS = (
    "function",
    "function",
    "function",
    "nested",
    "factory",
    "lambda",
    "method",
    "other",
    "partial",
    "callable",
    "static",
    "local",
    "either",
)
DECORATORS = (
    "",
    "",
    "",
    "",
    "",
    "@torch.no_grad()",
    "@traced_calls",
    "@torch.jit.ignore",
    "@torch.jit.unused",
)
# True as programs are run, but nothing in their text says so.
CONDITION = "len(sys.argv) < 99"
EITHER = f"hook if {CONDITION} else plain_hook"


def hook(
    choose: Choose, names: tuple[str, ...], methods: tuple[str, ...], annotation: str, is_pre: bool
) -> tuple[str, str, str]:
    """Return the hook's form, its definition, and the expression that is registered."""
    own = [use for n in names for use in ATTRIBUTES[n].uses] + [METHODS[n][1] for n in methods]
    count = choose((1, 1, 2))
    has = frozenset((*names, *methods))
    statements = [_statement(choose, own, has) for _ in range(count)]
    if choose((True, True, False)):
        statements.insert(0, 'print("hook")')
    form = choose(FORMS)
    body = "\n".join(statements)
    if is_pre:
        body = body.replace("output", "input[0]").replace("input[0] =", "other =")
    returns = choose(RETURNS)
    header = f"def hook(m, {annotation}){returns}:\n"
    decorator = choose(DECORATORS)
    function = header + "\n".join(f"    {line}" for line in body.splitlines())
    match form:
        case "lambda":
            return form, "", f"lambda m, {'input' if is_pre else 'input, output'}: print('hook')"
        case "nested":
            return form, "def get():\n" + "\n".join(indented(function)) + "\n\n    return hook", "get()"
        case "factory":
            value = choose(("1", '"a"', "None", "[]"))
            inner = function.replace(header, header + "    print(given is None)\n")
            return (
                form,
                "def get(given):\n" + "\n".join(indented(inner)) + "\n\n    return hook",
                f"get({value})",
            )
        case "method":
            return form, function.replace("def hook(m", "def hook(self, m"), "ON.hook"
        case "other":
            inner = "\n".join(indented(function.replace("def hook(m", "def hook(self, m")))
            return form, f"class Recorder:\n{inner}", "Recorder().hook"
        case "partial":
            return form, function.replace("def hook(m", "def hook(bound, m"), "functools.partial(hook, 1)"
        case "callable":
            inner = "\n".join(indented(function.replace("def hook(m", "def __call__(self, m")))
            return form, f"class Recorder:\n{inner}", "Recorder()"
        case "static":
            return form, "@staticmethod\n" + function, "ON.hook"
        case "local":
            return form, function, "chosen"
        case "either":
            return form, function, EITHER
    return form, f"{decorator}\n{function}" if decorator else function, "hook"


def _statement(choose: Choose, own: list[str], has: frozenset[str]) -> str:
    match choose(("own", "anywhere", "composed", "composed")):
        case "composed":
            return statement(choose, has)
        case "own" if own:
            return choose(own)
    return choose(ANYWHERE)
