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
    _convert_indices_from_csr_to_coo _copy_from _copy_from_and_resize _foreach_copy _lazy_clone _pin_memory
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
    _unsafe_index _unsafe_masked_index argwhere embedding fill_diagonal gather index index_copy index_fill
    index_select masked_fill masked_scatter masked_scatter_backward masked_select nonzero nonzero_numpy
    nonzero_static scatter take take_along_dim
  )");
}

}  // namespace flopwatch::operator_rules
