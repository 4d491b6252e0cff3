from __future__ import annotations

import codecs
import io
import sysconfig
import tokenize
from itertools import accumulate
from pathlib import Path

import pytest

from hookproof.facts.atlas import Facts
from hookproof.source.prose import DoubtError, long_strings, without_prose
from hookproof.source.sites import entry_points, meets_hooks_or_torchscript, registrations
from hookproof.source.text import SourceError, decode, read
from hookproof.source.triage import Mentions, mentions

FACTS = Facts()
EVERYTHING = Mentions.REGISTRATION | Mentions.ENTRY_POINT
REGISTRATIONS = [
    "m.register_forward_hook(f)",
    "register_module_full_backward_pre_hook(f)",
    "m._register_load_state_dict_pre_hook(f)",
    "m.register_state_dict_post_hook(f)",
    'getattr(m, "register_forward_pre_hook")',
    "m._forward_hooks.update(n._forward_hooks)",
    "m._backward_pre_hooks[0] = f",
    "nn.utils.weight_norm(m)",
    "from torch.nn.utils import spectral_norm as sn",
    "prune.l1_unstructured(m, 'weight', 1)",
    "import torch.nn.utils.prune",
    "nn.utils.parametrize.register_parametrization(m, 'weight', p)",
    "nn.utils.parametrizations.orthogonal(m)",
]
ENTRY_POINTS = [
    "torch.jit.script(m)",
    "from torch import jit",
    "from torch.jit import trace as t",
    "import torch.jit as tj",
    "model.to_torchscript()",
    "def f(m: torch.jit.ScriptModule): pass",
    "from torch.jit import ScriptModule",
    "isinstance(m, torch.jit.TopLevelTracedModule)",
]
NOTHING = [
    "",
    "x = transcript + stack_trace",
    "jitter = 1; ajit = 2; jit_ = 3",
    "pruned, prune_heads = 1, 2",
    "layer_norm(x); weight_normal = 1",
    "register_buffer('x', y); webhook = hooks",
]


@pytest.mark.parametrize("text", REGISTRATIONS)
def test_registrations(text: str) -> None:
    assert mentions(text.encode()) & Mentions.REGISTRATION


@pytest.mark.parametrize("text", ENTRY_POINTS)
def test_entry_points(text: str) -> None:
    assert mentions(text.encode()) == Mentions.ENTRY_POINT


@pytest.mark.parametrize("text", NOTHING)
def test_ordinary_code_mentions_nothing(text: str) -> None:
    assert mentions(text.encode()) is Mentions.NOTHING
    assert not meets_hooks_or_torchscript(text, EVERYTHING, FACTS)


def test_every_hook_method_of_torch_is_a_registration() -> None:
    import torch

    names = [name for name in dir(torch.nn.Module) if "register" in name and name.endswith("hook")]
    names += [name for name in vars(torch.nn.modules.module) if name.startswith("register_module_")]
    names = [name for name in names if name.endswith("hook")]
    assert len(names) > 10
    for name in names:
        assert mentions(f"m.{name}".encode()) == Mentions.REGISTRATION, name


ENTRY_FUNCTIONS = ("script", "trace", "trace_module", "freeze", "optimize_for_inference", "load")


@pytest.mark.parametrize("name", ENTRY_FUNCTIONS)
def test_a_call_of_an_entry_point_is_found_under_every_name(name: str) -> None:
    for text in (
        f"import torch\nx = torch.jit.{name}(m)",
        f"from torch import jit\nx = jit.{name}(m)",
        f"from torch.jit import {name}\nx = {name}(m)",
        f"from torch.jit import (\n    {name} as other,\n)\nx = other(m)",
        f"import torch.jit as tj\nx = tj.{name}(m)",
    ):
        assert [text.count("\n", 0, offset) for offset in entry_points(text)] == [text.count("\n")]


@pytest.mark.parametrize(
    "text",
    [
        "@torch.jit.script\ndef f(x): return x",
        "from torch import jit\njson.load(f)",
        "if torch.jit.is_scripting(): pass",
        "def register_forward_hook(self, hook): pass",
        "handle = tensor.register_hook(print)",
        "x = torch.trace(m)",
        "parametrize.is_parametrized(m)",
        "for hook in m._forward_hooks.values(): pass",
        "from torch.nn.utils.rnn import pad_sequence\npad_sequence(x)",
        "prune = 1\nself.identity(x)",
        "def weight_norm(m): pass",
        "# like m.register_forward_hook(f)",
        'def f():\n    """Call\n    m.register_forward_hook(f)\n    """',
        "def f():\n    r'''As in\n    >>> jit.script(m)\n    '''",
    ],
)
def test_what_only_looks_like_a_meeting_is_left_out(text: str) -> None:
    assert not meets_hooks_or_torchscript(text, EVERYTHING, FACTS)


@pytest.mark.parametrize(
    "text",
    [
        "m.register_forward_hook(f)",
        "f = m.register_forward_hook",
        "getattr(m, 'register_forward_pre_hook')(f)",
        "m._register_load_state_dict_pre_hook(f)",
        "register_module_forward_hook(f)",
        "nn.utils.weight_norm(m)",
        "from torch.nn.utils import spectral_norm as sn\nsn(m)",
        "prune.l1_unstructured(m, 'weight', 1)",
        "import torch.nn.utils.prune as tp\ntp.l1_unstructured(m, 'weight', 1)",
        "import torch.nn.utils.prune as tp\ntp.identity(m, 'weight')",
        "from torch.nn.utils.parametrizations import orthogonal\northogonal(m)",
        "import torch.nn.utils.parametrize as p\np.register_parametrization(m, 'weight', w)",
        "m.apply(weight_norm)",
        "m._forward_hooks[0] = f",
        "getattr(m, name or '#').register_forward_hook(f)",
        '"""\n"""; m.register_forward_hook(f)',
        'quotes = \'"""\'\nm.register_forward_hook(f)',
        "m._forward_pre_hooks.update(n._forward_pre_hooks)",
    ],
)
def test_a_registration_is_found(text: str) -> None:
    assert list(registrations(text, FACTS))


@pytest.mark.parametrize("path", sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))[::4], ids=str)
def test_prose_is_what_the_tokens_say_it_is(path: Path) -> None:
    text = decode(path.read_bytes())
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    code, docs = [], []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        offset = starts[token.start[0] - 1] + token.start[1]
        if token.type == tokenize.NAME:
            code.append(offset)
        elif token.type == tokenize.STRING and "\n" in token.string:
            docs.append(offset + 4)
    assert list(without_prose(text, code[::97])) == code[::97]
    assert not list(without_prose(text, docs[::7])) or is_in_doubt(text)


def is_in_doubt(text: str) -> bool:
    """Whether all of a text counts as code, for quotes within it cannot be told apart by searching."""
    try:
        list(long_strings(text))
    except DoubtError:
        return True
    return False


def test_encodings_that_extend_ascii_are_looked_through() -> None:
    text = "# coding: {}\nx = 'é'; m.register_forward_hook(f)\n"
    for encoding in ("latin-1", "cp1252", "utf-8", "iso-8859-15"):
        data = text.format(encoding).encode(encoding)
        assert mentions(data) == Mentions.REGISTRATION
        assert decode(data) == text.format(encoding)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\r\nb\rc\n", "a\nb\nc\n"),
        (codecs.BOM_UTF8 + b"a", "a"),
        (codecs.BOM_UTF8 + b"# coding: UTF_8-unix\na", "# coding: UTF_8-unix\na"),
        (
            b"#!/usr/bin/python\n# -*- coding: latin-1 -*-\n\xe9",
            "#!/usr/bin/python\n# -*- coding: latin-1 -*-\né",
        ),
        (
            b"#!/usr/bin/python\r# vim: set fileencoding=cp1252 :\r\x80",
            "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n€",
        ),
        (b"x = 1\n# coding: latin-1\n\xc3\xa9", "x = 1\n# coding: latin-1\né"),
        (b"x\x0c\n", "x\x0c\n"),
    ],
)
def test_decode(data: bytes, text: str) -> None:
    assert decode(data) == text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"abc\xff", "cannot decode a.py as utf-8 (byte 3)"),
        (b"# coding: ascii\n\xe9", "cannot decode a.py as ascii (byte 16)"),
        (b"# coding: nonsense\n", "cannot decode a.py: unknown encoding nonsense"),
        (b"# coding: rot13\n", "cannot decode a.py: rot13 is not a text encoding"),
        (
            codecs.BOM_UTF8 + b"# coding: latin-1\n",
            "cannot decode a.py: byte order mark of utf-8, but encoding latin-1",
        ),
        (
            codecs.BOM_UTF8 + b"# coding: utf8\n",
            "cannot decode a.py: byte order mark of utf-8, but encoding utf8",
        ),
        ("x".encode("utf-16"), "cannot decode a.py: Python does not read utf-16 source files"),
        ("x".encode("utf-32"), "cannot decode a.py: Python does not read utf-32 source files"),
        (b"a\r\n\x00", "cannot parse a.py: line 2: source holds a null byte"),
    ],
)
def test_what_python_does_not_decode_is_an_error(data: bytes, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        decode(data, "a.py")
    assert str(caught.value) == message
    with pytest.raises((SyntaxError, ValueError)):
        compile(data, "a.py", "exec")


def test_unreadable_files_are_an_error() -> None:
    with pytest.raises(SourceError, match=r"^cannot read missing/a\.py: No such file or directory$"):
        read("missing/a.py")
    with pytest.raises(SourceError, match=r"^cannot read a.*: embedded null byte$"):
        read("a\0.py")
