// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {

/// Views of the same memory, their copying forms, and their gradients, which only place elements.
void add_views(operator_table& table) {
  table.no_arithmetic(R"(
    _conj _fw_primal _make_dual _neg_view _reshape_alias _unpack_dual _unsafe_view adjoint alias as_strided
    atleast_1d atleast_2d atleast_3d broadcast_tensors broadcast_to chunk conj data detach diagonal dsplit expand
    expand_as flatten hsplit imag lift lift_fresh linalg_diagonal mH mT matrix_H moveaxis movedim narrow numpy_T
    permute positive ravel real reshape reshape_as resolve_conj resolve_neg select slice split split_with_sizes
    squeeze swapaxes swapdims t tensor_split transpose unbind unflatten unfold unsafe_chunk unsafe_split
    unsafe_split_with_sizes unsqueeze values view view_as view_as_complex view_as_real vsplit
    align_as align_tensors align_to refine_names rename _mkldnn_reshape _mkldnn_transpose _ncf_view _ncf_unsqueeze
    ccol_indices col_indices crow_indices row_indices indices _indices _values
    _nested_view_from_buffer _nested_view_from_jagged _nested_get_values
    _test_autograd_multiple_dispatch_view _has_same_storage_numel
    inductor::_reinterpret_tensor inductor::_alloc_from_pool onnx::Reshape onnx::Shape
  )");
  table.no_arithmetic(R"(
    _conj_copy _fw_primal_copy _indices_copy _make_dual_copy _neg_view_copy _nested_get_values_copy
    _nested_view_from_buffer_copy _nested_view_from_jagged_copy _reshape_alias_copy _reshape_copy
    _sparse_broadcast_to _sparse_broadcast_to_copy _values_copy alias_copy as_strided_copy ccol_indices_copy
    col_indices_copy crow_indices_copy detach_copy diagonal_copy expand_copy indices_copy lift_fresh_copy
    narrow_copy permute_copy row_indices_copy select_copy slice_copy split_copy split_with_sizes_copy squeeze_copy
    t_copy transpose_copy unbind_copy unfold_copy unsqueeze_copy values_copy view_as_complex_copy view_as_real_copy
    view_copy _test_autograd_multiple_dispatch_view_copy
  )");
  table.no_arithmetic(R"(
    as_strided_scatter diagonal_backward diagonal_scatter select_backward select_scatter slice_backward
    slice_inverse slice_scatter _nested_select_backward trace_backward value_selecting_reduction_backward
  )");
}

}  // namespace flopwatch::operator_rules
