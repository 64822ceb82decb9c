// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {

/// Reviewed: no rule can count them. What they call through the dispatcher is counted; their calls are listed
/// with the reason.
void add_unsupported(operator_table& table) {
  table.unsupported("_cslt_sparse_mm_search",
                    "it runs the product once for each algorithm that the library has");
  table.unsupported("_spsolve", "a sparse factorization depends on where the stored elements are");
  table.unsupported("choose_qparams_optimized", "its search for a range depends on values");
  table.unsupported("_nested_tensor_softmax_with_shape matmul_backward",
                    "an operand is a nested tensor, whose sizes are unknown");
  table.unsupported("_triton_multi_head_attention _triton_scaled_dot_attention",
                    "an experiment of PyTorch's without a documented schedule");
  table.unsupported(
      "static_runtime::embedding_bag static_runtime::layer_norm static_runtime::clamp_nan_to_num "
      "static_runtime::fused_equally_split static_runtime::signed_log1p static_runtime::VarTupleUnpack",
      "an operator of TorchScript's static runtime, which calls no operator through the dispatcher");
  table.unsupported(
      "_foobar _test_autograd_multiple_dispatch _test_functorch_fallback _test_optional_filled_intlist "
      "_test_optional_floatlist _test_optional_intlist _test_parallel_materialize _test_warn_in_autograd "
      "_test::cat _test::get_first _test::leaky_relu _inductor_test::realize",
      "an operator of PyTorch's own tests");
  table.unsupported("onnx_symbolic::_symbolic onnx_symbolic::_symbolic_multi_out",
                    "it stands for any operator of ONNX, and computes nothing in PyTorch");
}

}  // namespace flopwatch::operator_rules
