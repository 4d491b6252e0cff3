"""Which ways out of eager mode, and which tests for them, a torch has at all."""

from __future__ import annotations

import importlib
from typing import Any, Dict, List

from .outcome import attempt

# By the module that they stand in. One that no world knows of yet costs nothing.
_NAMES: Dict[str, str] = {
    "torch": "compile load save",
    "torch._dynamo": "allow_in_graph disable explain export is_compiling optimize reset run",
    "torch._inductor": "aoti_compile_and_package aoti_load_package",
    "torch._utils": "is_compiling",
    "torch._C": "_get_tracing_state _is_tracing",
    "torch._jit_internal": "is_scripting",
    "torch.ao.quantization": "convert fuse_modules prepare prepare_qat quantize_dynamic",
    "torch.ao.quantization.quantize_fx": "convert_fx fuse_fx prepare_fx prepare_qat_fx",
    "torch.ao.quantization.quantize_pt2e": "convert_pt2e prepare_pt2e prepare_qat_pt2e",
    "torch.autograd.graph": "register_multi_grad_hook save_on_cpu saved_tensors_hooks",
    "torch.compiler": "allow_in_graph disable is_compiling is_dynamo_compiling is_exporting reset set_stance",
    "torch.distributed.algorithms._checkpoint.checkpoint_wrapper": "checkpoint_wrapper",
    "torch.distributed.fsdp": "FullyShardedDataParallel fully_shard",
    "torch.distributed.pipelining": "pipeline",
    "torch.distributed.tensor.parallel": "parallelize_module",
    "torch.export": "Dim draft_export export export_for_inference export_for_training load save unflatten",
    "torch.func": "functional_call grad hessian jacfwd jacrev jvp stack_module_state vjp vmap",
    "torch.fx": "GraphModule Interpreter Tracer Transformer symbolic_trace wrap",
    "torch.fx._symbolic_trace": "is_fx_symbolic_tracing is_fx_tracing",
    "torch.fx.experimental.optimization": "fuse remove_dropout",
    "torch.fx.experimental.proxy_tensor": "make_fx",
    "torch.jit": "ScriptModule fork freeze is_scripting is_tracing load optimize_for_inference save script "
    "script_if_tracing trace trace_module",
    "torch.multiprocessing": "spawn",
    "torch.nn": "DataParallel",
    "torch.nn.Module": "compile get_submodule load_state_dict register_module set_submodule to_empty",
    "torch.nn.parallel": "DataParallel DistributedDataParallel parallel_apply replicate",
    "torch.nn.utils": "fuse_conv_bn_eval fuse_linear_bn_eval parametrize",
    "torch.nn.utils.stateless": "functional_call",
    "torch.onnx": "dynamo_export export is_in_onnx_export",
    "torch.optim.swa_utils": "AveragedModel",
    "torch.Tensor": "register_hook register_post_accumulate_grad_hook retain_grad",
    "torch.utils.checkpoint": "checkpoint checkpoint_sequential",
    "torch.utils.mobile_optimizer": "optimize_for_mobile",
}


def probe_entry_points() -> Dict[str, bool]:
    """Return the full name of each that was looked for, and whether it is there."""
    return {
        f"{owner}.{name}": _is_there(owner, name)
        for owner, names in sorted(_NAMES.items())
        for name in names.split()
    }


def _is_there(owner: str, name: str) -> bool:
    found: Any = None
    parts: List[str] = owner.split(".")
    for length in range(1, len(parts) + 1):
        module, error = attempt(lambda length=length: importlib.import_module(".".join(parts[:length])))
        if error is None:
            found = module
            continue
        found, error = attempt(lambda found=found, length=length: getattr(found, parts[length - 1]))
        if error is not None:
            return False
    # Some names are modules that nothing has imported.
    return hasattr(found, name) or attempt(lambda: importlib.import_module(f"{owner}.{name}"))[1] is None
