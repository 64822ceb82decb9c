// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {

/// Copies, conversions between formats and layouts, joins, reorderings, and indexing without reduction.
void add_data_movement(operator_table& table) {
  // Conversions count nothing: the GPU's FLOP counters do not see them either.
  table.no_arithmetic(R"(
    _cast_Byte _cast_Char _cast_Double _cast_Float _cast_Half _cast_Int _cast_Long _cast_Short
    _autocast_to_full_precision _autocast_to_reduced_precision _coalesced _convert_indices_from_coo_to_csr
    _convert_indices_from_csr_to_coo _copy_from _copy_from_and_resize _foreach_clone _foreach_copy _lazy_clone
    _pin_memory flex_gemm::to_blocked
    _saturate_weight_to_fp16 _to_copy _to_cpu _to_dense _to_sparse _to_sparse_bsc _to_sparse_bsr _to_sparse_csc
    _to_sparse_csr chalf clone complex contiguous copy copy_sparse_to_sparse cpu cuda fill pin_memory
    sparse_mask _sparse_mask_projection to to_dense to_mkldnn to_mkldnn_backward to_padded_tensor to_sparse
    to_sparse_bsc to_sparse_bsr to_sparse_csc to_sparse_csr type_as int_repr conj_physical _conj_physical
    mkldnn_reorder_conv2d_weight mkldnn_reorder_conv3d_weight _cudnn_rnn_flatten_weight
    _nested_from_padded _nested_from_padded_and_nested_example _nested_from_padded_tensor
    _nested_tensor_from_mask _nested_tensor_from_tensor_list _jagged_to_padded_dense_forward
    _padded_dense_to_jagged_forward nested_to_padded_tensor
    mkl::_mkl_reorder_linear_weight mkldnn::_reorder_convolution_transpose_weight
    mkldnn::_reorder_convolution_weight mkldnn::_reorder_linear_weight mkldnn::_reorder_mkldnn_rnn_layer_weight
    quantization::_Bfloat16QuantizedToFloat quantization::_FloatToBfloat16Quantized
  )");
  // Weights in the form of a library, and back.
  table.no_arithmetic(R"(
    _convert_weight_to_int4pack _convert_weight_to_int4pack_for_cpu _cslt_compress _dyn_quant_pack_4bit_weight
    _make_per_channel_quantized_tensor _make_per_tensor_quantized_tensor _sparse_semi_structured_apply
    _sparse_semi_structured_apply_dense _sparse_semi_structured_tile _to_sparse_semi_structured
    onednn::linear_prepack_fp16 onednn::qconv_prepack onednn::qlinear_prepack
    mkldnn_prepacked::conv2d_prepack prepacked::conv2d_clamp_prepack prepacked::conv2d_transpose_clamp_prepack
    prepacked::linear_clamp_prepack prepacked::unpack_prepacked_sizes_conv2d
    prepacked::unpack_prepacked_sizes_linear sparse::qlinear_prepack sparse::qlinear_unpack
    quantized::conv1d_prepack quantized::conv1d_unpack quantized::conv2d_dilation quantized::conv2d_groups
    quantized::conv2d_output_padding quantized::conv2d_padding quantized::conv2d_prepack quantized::conv2d_stride
    quantized::conv2d_transpose quantized::conv2d_unpack quantized::conv2d_unpack_sizes quantized::conv3d_dilation
    quantized::conv3d_groups quantized::conv3d_output_padding quantized::conv3d_padding quantized::conv3d_prepack
    quantized::conv3d_stride quantized::conv3d_transpose quantized::conv3d_unpack quantized::conv_prepack
    quantized::conv_unpack quantized::conv_transpose1d_prepack quantized::conv_transpose1d_unpack
    quantized::conv_transpose2d_dilation quantized::conv_transpose2d_groups
    quantized::conv_transpose2d_output_padding quantized::conv_transpose2d_padding
    quantized::conv_transpose2d_prepack quantized::conv_transpose2d_stride quantized::conv_transpose2d_transpose
    quantized::conv_transpose2d_unpack quantized::conv_transpose3d_dilation quantized::conv_transpose3d_groups
    quantized::conv_transpose3d_output_padding quantized::conv_transpose3d_padding
    quantized::conv_transpose3d_prepack quantized::conv_transpose3d_stride quantized::conv_transpose3d_transpose
    quantized::conv_transpose3d_unpack quantized::linear_prepack quantized::linear_prepack_fp16
    quantized::linear_prepack_fp16_legacy quantized::linear_prepack_legacy quantized::linear_unpack
    quantized::linear_unpack_fp16 quantized::make_quantized_cell_params
    quantized::make_quantized_cell_params_dynamic quantized::make_quantized_cell_params_fp16
    _quantized::conv2d_prepack _quantized::conv3d_prepack _quantized::conv_transpose1d_prepack
    _quantized::conv_transpose2d_prepack _quantized::conv_transpose3d_prepack _quantized::linear_prepack
    _quantized::wrapped_fbgemm_pack_gemm_matrix_fp16 fbgemm_pack_gemm_matrix_fp16 fbgemm_pack_quantized_matrix
    _quantized::linear_prepack_fp16 _quantized::linear_prepack_fp16_legacy _quantized::linear_prepack_legacy
  )");
  table.no_arithmetic(R"(
    _chunk_cat _pack_padded_sequence _pack_padded_sequence_backward _pack_sequence _pad_packed_sequence _stack
    block_diag cartesian_prod cat channel_shuffle column_stack combinations concat concatenate diag diag_embed
    diagflat dstack flatten_dense_tensors flip fliplr flipud hstack meshgrid native_channel_shuffle pad
    pad_sequence pixel_shuffle pixel_unshuffle repeat repeat_interleave roll rot90 row_stack stack tile tril triu
    unflatten_dense_tensors vstack
    _pad_circular _pad_enum constant_pad_nd reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d
    replication_pad2d replication_pad3d im2col
    upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d _upsample_nearest_exact2d
    _upsample_nearest_exact3d
  )");
  // index_put and scatter with a reduction have rules.
  table.no_arithmetic(R"(
    _nested_sum_backward static_runtime::create_owned_ref static_runtime::dict_unpack
    static_runtime::expand_dims_copy static_runtime::flatten_copy static_runtime::permute_copy
    static_runtime::reshape_copy static_runtime::select_tensor static_runtime::to_copy
    static_runtime::to_maybe_copy_out
    _unsafe_index _unsafe_masked_index argwhere embedding fill_diagonal gather index index_copy index_fill
    index_select masked_fill masked_scatter masked_scatter_backward masked_select nonzero nonzero_numpy
    nonzero_static scatter take take_along_dim
  )");
}

}  // namespace flopwatch::operator_rules
