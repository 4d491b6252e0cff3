"""What a Tensor has besides the methods that always give a Tensor, of which the atlas knows.

All that torch 2.13.0 has in `dir(torch.Tensor)`, which a test asks.
"""

from __future__ import annotations

_NAMES = """
    H T allclose aminmax apply_ as_subclass backward bfloat16 bool byte cdouble cfloat char cholesky
    chunk const_data_ptr cummax cummin data data_ptr device dim_order double dsplit dtype eig equal
    float frexp geqrf grad grad_dtype grad_fn half histogram hsplit imag int ipu is_coalesced is_cpu
    is_cuda is_ipu is_leaf is_maia is_meta is_mkldnn is_mps is_mtia is_nested is_quantized is_same_size
    is_set_to is_shared is_sparse is_sparse_csr is_vulkan is_xla is_xpu item itemsize kthvalue layout
    long lstsq lu mH mT map2_ map_ max median min mode module_load mtia name nanmedian nbytes ndim
    ndimension nelement new new_tensor nonzero numpy output_nr q_per_channel_axis q_scale q_zero_point
    qr qscheme real record_stream register_hook register_post_accumulate_grad_hook reinforce
    requires_grad retain_grad retains_grad shape share_memory_ short size slogdet solve sort split
    split_with_sizes storage storage_type stride svd symeig tensor_split to_dense to_sparse_coo tolist
    topk triangular_solve type unbind unflatten unique unique_consecutive unsafe_chunk unsafe_split
    unsafe_split_with_sizes untyped_storage volatile vsplit where xpu
"""
TENSOR_NAMES = frozenset(_NAMES.split())
