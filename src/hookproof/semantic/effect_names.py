"""Names of the calls that leave something behind: that say, keep, add, take away, or change a module."""

from __future__ import annotations

# Methods that change the object they are called on, and those of them that make it longer each time.
ADDERS = frozenset({"add", "append", "appendleft", "extend", "extendleft", "insert", "put", "put_nowait"})
CHANGERS = ADDERS | {"update", "setdefault", "put", "__setitem__"}
RESETS = frozenset({"clear", "pop", "popleft", "popitem", "get_nowait", "remove", "discard"})
SAYING = frozenset(
    {
        "builtins.print", "pprint.pprint", "pprint.pp", "warnings.warn", "torch.save", "numpy.save",
        "json.dump", "pickle.dump",
        "sys.stdout.write", "sys.stderr.write", "logging.warning", "logging.error",
        "logging.critical", "logging.exception", "wandb.log", "os.write", "traceback.print_stack",
    }
)  # fmt: skip
SAYING_METHODS = frozenset(
    {
        "write", "writelines", "writerow", "warning", "error", "critical", "exception", "add_scalar",
        "add_scalars", "add_histogram",
        "add_image", "add_text", "log_metric", "log_metrics", "send", "write_text",
    }
)  # fmt: skip
# Whether these are seen depends on a level, or on what is done with them.
PERHAPS_SAYING = frozenset({"info", "debug", "log"})
# What changes a module so that later calls of it are others.
MODULE_CHANGERS = frozenset(
    {
        "to", "half", "float", "double", "bfloat16", "type", "cpu", "cuda", "to_empty",
        "register_buffer", "register_parameter", "add_module", "register_module",
        "load_state_dict", "set_submodule",
    }
)  # fmt: skip
# What changes how a module works, which only some layers and some programs feel.
MODE_CHANGERS = frozenset({"train", "eval", "requires_grad_", "zero_grad"})
# What a module may have none of.
PERHAPS_EMPTY = frozenset(
    {"children", "named_children", "parameters", "named_parameters", "buffers", "named_buffers"}
)
