"""All that is probed, as one table of tables; `write` prints it as JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
import warnings
from typing import Any, Dict

import torch

from . import classes, entries, fates, hooks, language, module_names, values


def probed() -> Dict[str, Any]:
    """Return what the installed torch does, by what was asked of it; the same each time."""
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    # Read before other modules of torch are imported, some of which put names of their own on its classes.
    module = module_names.probe_module_names()
    found, aliases = classes.probe_classes()
    return {
        "torch": str(torch.__version__).partition("+")[0],
        "python": ".".join(platform.python_version_tuple()[:2]),
        "hooks": hooks.probe_hook_methods(),
        "global_hooks": hooks.probe_global_hooks(),
        "utilities": hooks.probe_utilities(),
        "module": module,
        "module_attributes": classes.probe_module_attributes(),
        "aliases": aliases,
        "classes": found,
        "functions": values.probe_functions(),
        "values": values.probe_values(),
        "language": language.probe_language(),
        "entry_points": entries.probe_entry_points(),
        "fates": fates.probe_fates(),
    }


def write() -> None:
    """Print what is found as JSON, and nothing else: what torch prints goes to stderr."""
    kept = os.dup(1)
    os.dup2(2, 1)
    text = json.dumps(probed())
    with os.fdopen(kept, "w", encoding="utf-8") as out:
        out.write(text)
    sys.stdout.flush()
