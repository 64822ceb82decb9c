// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/sparse_product.hpp"

#include <cmath>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/linear_algebra.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {

std::int64_t expected_macs(tensor_arg const& a, tensor_arg const& b) {
  auto const inner = static_cast<double>(size_of(a, -1));
  if (inner == 0) return 0;
  return rounded(static_cast<double>(stored_of(a)) * static_cast<double>(stored_of(b)) / inner);
}

namespace {

operator_work sparse_matmul(operator_call const& call) {
  auto const& a = tensor_at(call, 0);
  auto const& b = tensor_at(call, 1);
  if (a.rank() != 2 || b.rank() != 2 || size_of(a, 1) != size_of(b, 0)) {
    throw rule_error("the inner sizes of the product differ");
  }
  return product_work(a.dtype, expected_macs(a, b));
}

/// Rules do not get the name of the reduction: it counts as a sum.
operator_work reduced_product(operator_call const& call) {
  auto const& a = tensor_at(call, 0);
  return product_work(a.dtype, checked_mul(stored_of(a), size_of(dense_at(call, 1), -1)));
}

/// output_mask: gradients of the stored elements and of the dense operand, one product each.
operator_work reduced_product_backward(operator_call const& call) {
  auto const& a = tensor_at(call, 0);
  auto const mask = integers_at(call, 5, 2);
  auto const products = (mask[0] != 0 ? 1 : 0) + (mask[1] != 0 ? 1 : 0);
  return product_work(a.dtype, checked_product({products, stored_of(a), size_of(dense_at(call, 1), -1)}));
}

/// (self, mat1, mat2, beta, alpha), self and mat1 sparse: alpha times each product is added to what self
/// stores.
operator_work sparse_addmm(operator_call const& call) {
  auto const& a = tensor_at(call, 1);
  auto const& self = tensor_at(call, 0);
  auto const macs = checked_mul(stored_of(a), size_of(dense_at(call, 2), -1));
  return product_work(a.dtype, macs,
                      {.multiplies = checked_add(is_number(call, 3, 1) ? 0 : stored_of(self),
                                                 is_number(call, 4, 1) ? 0 : macs)});
}

/// `flops` for each stored element.
operator_rule_function each_stored(std::int64_t flops, std::size_t position = 0) {
  return [flops, position](operator_call const& call) {
    auto const& t = tensor_at(call, position);
    return other_work(t.dtype, {.adds = checked_mul(stored_of(t), flops)});
  };
}

}  // namespace

void add_sparse_product_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  table.estimated("_sparse_sparse_matmul", kind, evenly_stored, sparse_matmul);
  table.counted("_sparse_mm_reduce_impl", kind, reduced_product);
  table.counted("_sparse_mm_reduce_impl_backward", kind, reduced_product_backward);
  table.counted("sspaddmm", kind, sparse_addmm);
  // Elements with equal indices are added; the first one at its place counts too, as in index_add.
  table.counted("_coalesce _sparse_csr_sum _sparse_csr_prod", arithmetic::other, each_stored(1));
  table.counted("_sparse_softmax _sparse_log_softmax", arithmetic::other, each_stored(4));
  table.counted("_sparse_softmax_backward_data _sparse_log_softmax_backward_data", arithmetic::other,
                each_stored(4, 1));
  table.opened(
      "_sparse_sum _sparse_softmax.int _sparse_softmax.Dimname _sparse_log_softmax.int "
      "_sparse_log_softmax.Dimname _sparse_sum_backward");
}

}  // namespace flopwatch::operator_rules
