"""Functions of Python's library and of numpy that no compiled code can call, by what torch says of them.

Measured on torch 1.12.1 to 2.14.1 and Python 3.10 to 3.12, whatever the arguments: torch knows no built-in
function by these names, looks up no attribute of such an object, or compiles their Python source and does not
get through it.
"""

from __future__ import annotations

_BUILTIN = """
    builtins: callable compile eval exec globals issubclass iter locals next open
    functools: reduce
    gc: collect disable enable
    math: comb dist fsum isclose prod
    operator: add mul
    os: cpu_count getcwd getpid getppid listdir mkdir remove system urandom
    pickle: dump dumps
    random: random
    sys: exc_info exit getrefcount getsizeof intern
    threading: get_ident
    time: ctime gmtime localtime monotonic monotonic_ns perf_counter perf_counter_ns process_time
    time: sleep strftime thread_time time time_ns
"""
_OBJECT = """
    datetime.date: today
    datetime.datetime: now today utcnow
    os.environ: get items
    sys.stderr: flush write
    sys.stdout: flush write
"""
_SOURCE = """
    collections: Counter defaultdict deque
    copy: copy deepcopy
    inspect: stack
    json: dump dumps load loads
    logging: critical debug error exception info log warning
    os: getenv makedirs
    os.path: basename exists isfile join
    pathlib: Path
    pprint: pformat pp pprint
    random: choice gauss randint randrange sample seed shuffle uniform
    re: compile match search sub
    shutil: rmtree
    subprocess: run
    tempfile: mkdtemp
    threading: current_thread
    traceback: extract_stack format_stack print_stack
    uuid: uuid1 uuid4
    weakref: ref
"""
_NUMPY = """
    numpy: array asarray concatenate histogram mean median save stack std sum unique var zeros
"""
_FROM_SOURCE = (
    r"variable number of arguments|aren't supported|Can't get source for|attribute lookup is not defined|"
    r"cannot be used as a value|currently supported|Python builtin .* not supported|prim::id|Random\.\w+\("
)
_PYTHON_METHODS = """
    apply_ as_subclass bfloat16 bool const_data_ptr data_ptr dim_order eig ipu is_shared lstsq lu map2_ map_
    module_load mtia ndimension nelement new new_tensor numpy register_hook
    register_post_accumulate_grad_hook reinforce share_memory_ solve storage storage_type symeig to_sparse_coo
    unique untyped_storage xpu
"""
# Methods that a Tensor has in Python only: all for which torch 2.13.0 says so, which a test asks.
PYTHON_TENSOR_METHODS = frozenset(_PYTHON_METHODS.split())


def _names(table: str) -> dict[str, None]:
    lines = (line.partition(": ") for line in table.strip().splitlines())
    return {f"{module.strip()}.{name}": None for module, _, names in lines for name in names.split()}


# By qualified name, what torch's message has in it.
UNCOMPILED_CALLS: dict[str, str] = {
    **dict.fromkeys(_names(_BUILTIN), r"Python builtin .* is currently not supported"),
    **dict.fromkeys(_names(_OBJECT), r"attribute lookup is not defined on python value"),
    **dict.fromkeys(_names(_SOURCE), _FROM_SOURCE),
    **dict.fromkeys(_names(_NUMPY), rf"create weak reference|{_FROM_SOURCE}"),
}
