"""What TorchScript makes of values that Python's own callables return. The tests ask torch about each."""

from __future__ import annotations

from hookproof.torchscript.types import TorchType

_TYPED = {
    "int": "builtins.int builtins.len builtins.id builtins.hash builtins.ord os.getpid time.time_ns",
    "float": "builtins.float time.time time.perf_counter math.sqrt math.log math.exp math.sin math.cos",
    "bool": "builtins.bool builtins.isinstance builtins.issubclass builtins.hasattr builtins.callable "
    "builtins.any builtins.all torch.cuda.is_available os.path.exists",
    "str": "builtins.str builtins.repr builtins.chr builtins.format builtins.bytes builtins.ascii os.getcwd",
    "complex": "builtins.complex",
    "Device": "torch.device",
    "Generator": "torch.Generator",
    "Tensor": "torch.Tensor torch.FloatTensor torch.LongTensor",
}
_UNTYPED = (
    "builtins.set builtins.frozenset builtins.range builtins.bytearray builtins.iter builtins.enumerate "
    "builtins.zip builtins.map builtins.filter builtins.reversed builtins.memoryview collections.deque "
    "functools.partial itertools.count itertools.chain itertools.cycle threading.Lock "
    "weakref.ref weakref.WeakSet re.compile"
)

CALLS: dict[str, TorchType] = {
    qualname: TorchType(name, None, True)
    for name, qualnames in _TYPED.items()
    for qualname in qualnames.split()
} | {
    qualname: TorchType(
        None, qualname.rpartition(".")[2], False, f"a value of `{qualname.removeprefix('builtins.')}`"
    )
    for qualname in _UNTYPED.split()
}
"""Callables whose result is always of one type."""

EMPTY_CONTAINERS: dict[str, tuple[str, int]] = {
    "builtins.list": ("list", 1),
    "builtins.dict": ("dict", 1),
    "collections.OrderedDict": ("OrderedDict", 1),
    "collections.Counter": ("Counter", 1),
    "collections.defaultdict": ("defaultdict", 2),
}
"""Containers whose result is empty when they get fewer arguments than the number says."""

METHODS: dict[str, str] = dict.fromkeys(
    ("capitalize", "format", "join", "lower", "lstrip", "replace", "rstrip", "strip", "title", "upper"), "str"
)
"""Methods of `str` and what they return."""
