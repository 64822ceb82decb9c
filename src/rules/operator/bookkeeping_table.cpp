// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {

/// Queries about tensors, their storage and state, checks, devices, communication without reduction, and the
/// framework's internal marks.
void add_bookkeeping(operator_table& table) {
  table.no_arithmetic(R"(
    __is__ __isnot__ _assert_async _assert_scalar _assert_tensor_metadata _backward
    _cufft_clear_plan_cache _cufft_get_plan_cache_max_size _cufft_get_plan_cache_size
    _cufft_set_plan_cache_max_size _debug_has_internal_overlap _dimI _dimV _functional_assert_async
    _functional_assert_scalar _functional_sym_constrain_range _functional_sym_constrain_range_for_size
    _fused_sdp_choice _get_cpu_capability _get_tracing_state _has_compatible_shallow_copy_type _is_zerotensor
    _linalg_check_errors _local_scalar_dense _nested_get_jagged_dummy _nested_get_lengths _nested_get_max_seqlen
    _nested_get_min_seqlen _nested_get_offsets _nested_get_ragged_idx _nested_tensor_from_mask_left_aligned
    _nested_tensor_size _nested_tensor_storage_offsets _nested_tensor_strides _nnpack_available _nnz _print
    _propagate_xla_data _resize_output _use_cudnn_ctc_loss _use_cudnn_rnn_flatten_weight _use_miopen_ctc_loss
    _validate_compressed_sparse_indices _validate_sparse_bsc_tensor_args _validate_sparse_bsr_tensor_args
    _validate_sparse_compressed_tensor_args _validate_sparse_coo_tensor_args _validate_sparse_csc_tensor_args
    _validate_sparse_csr_tensor_args _version _add_batch_dim _remove_batch_dim _reshape_from_tensor
    _infer_size _size_if_not_equal can_cast cudnn_is_acceptable dense_dim device dim element_size get_device
    get_gradients is_autocast_cpu_enabled is_autocast_enabled is_coalesced is_complex is_conj is_contiguous
    is_distributed is_floating_point is_grad_enabled is_inference is_leaf is_neg is_non_overlapping_and_dense
    is_nonzero is_pinned is_same_size is_set_to is_signed is_strides_like_format is_vulkan_available item len
    numel output_nr promote_types q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale
    q_zero_point qscheme record_stream requires_grad resize resize_as resize_as_sparse result_type retain_grad
    retains_grad set set_data size sparse_dim sparse_resize sparse_resize_and_clear storage_offset stride
    sym_constrain_range sym_constrain_range_for_size sym_is_contiguous sym_numel sym_size sym_storage_offset
    sym_stride hash_tensor shallow_copy_data _native_aot::archs_topk _native_aot::covers_topk
    coor::current_device coor::current_device_index flex_gemm::autograd_not_implemented mempool::begin
    mempool::end streams::synchronize_device streams::synchronize_event streams::synchronize_stream
    inductor::resize_storage_bytes mkldnn::_get_mkldnn_serialized_md mkldnn::_is_mkldnn_acl_supported
    mkldnn::_is_mkldnn_bf16_supported mkldnn::_is_mkldnn_fp16_supported mkldnn::_nbytes mkldnn::data_ptr
    streams::fork streams::join streams::record_event streams::record_stream streams::sync_dealloc
    streams::wait_event streams::wait_stream
    export::access_subclass_inner_tensor debug_mode_ops::annotate
    cuda::_current_device cuda::_exchange_device cuda::_maybe_exchange_device cuda::_set_device
    cuda::current_stream cuda::default_stream cuda::device_count cuda::device_index cuda::set_stream
    cuda::synchronize
    profiler::_call_end_callbacks_on_jit_fut profiler::_record_function_enter
    profiler::_record_function_enter_new profiler::_record_function_exit
  )");
  // Images are decoded by libraries, in integers.
  table.no_arithmetic(R"(
    image::_is_compiled_against_turbo image::_jpeg_version image::decode_gif image::decode_image
    image::decode_jpeg image::decode_jpegs_cuda image::decode_png image::decode_webp image::encode_jpeg
    image::encode_jpegs_cuda image::encode_png image::read_file image::write_file
  )");
  // Only moves of data: a reduction over several processes is arithmetic, so it is not on this list.
  table.no_arithmetic(R"(
    _c10d_functional::all_gather_into_tensor _c10d_functional::all_gather_into_tensor_coalesced
    _c10d_functional::all_gather_into_tensor_out _c10d_functional::all_to_all_single
    _c10d_functional::batch_p2p_ops _c10d_functional::broadcast _c10d_functional::irecv _c10d_functional::isend
    _c10d_functional::wait_tensor _c10d_functional::wait_tensors
    _c10d_functional_autograd::all_gather_into_tensor _c10d_functional_autograd::all_to_all_single
    _dtensor::mesh_get_process_group _dtensor::shard_dim_alltoall c10d::check_for_nan c10d::gather_into_tensor
    c10d::_allgather_base c10d::allgather c10d::allgather_coalesced c10d::allgather_into_tensor_coalesced
    c10d::alltoall c10d::alltoall_base c10d::barrier c10d::broadcast c10d::gather c10d::monitored_barrier
    c10d::recv c10d::recv_any_source c10d::scatter c10d::send
  )");
  table.no_arithmetic(R"(
    prim::AutogradAllNonZero prim::AutogradAllZero prim::AutogradAnyNonZero prim::AutogradZero
    prim::BroadcastSizes prim::ChunkSizes prim::ConstantChunk prim::NumToTensor prim::Print prim::ReductionSizes
    prim::TimePoint prim::TupleIndex prim::TupleUnpack prim::Uninitialized prim::data prim::device prim::dtype
    prim::grad prim::id prim::is_cpu prim::is_cuda prim::is_meta prim::is_mkldnn prim::is_nested
    prim::is_quantized prim::is_sparse prim::is_sparse_csr prim::itemsize prim::layout prim::name prim::nbytes
    prim::profile prim::requires_grad prim::tolist prim::type prim::unchecked_cast prim::unchecked_unwrap_optional
  )");
}

}  // namespace flopwatch::operator_rules
