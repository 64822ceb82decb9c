// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "flopwatch/checked.hpp"
#include "rules/operator/accumulation.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"
#include "rules/operator/sparse_product.hpp"

namespace flopwatch::operator_rules {
namespace {

void require(bool condition, char const* otherwise) {
  if (!condition) throw rule_error(otherwise);
}

constexpr char const* inner_sizes_differ = "the inner sizes of the product differ";
constexpr char const* two_sparse = "a sparse matrix with a sparse vector";

/// [batch...,M,K] x [batch...,K,N] over the whole batch; a sparse operand counts its stored elements.
std::int64_t matrix_macs(tensor_arg const& a, tensor_arg const& b, std::size_t rank) {
  require(a.sizes.size() == rank && b.sizes.size() == rank, "an operand of the product has the wrong rank");
  require(size_of(a, -1) == size_of(b, -2), inner_sizes_differ);
  require(std::equal(a.sizes.begin(), a.sizes.end() - 2, b.sizes.begin()),
          "the batch sizes of the product differ");
  if (is_sparse(a) && is_sparse(b)) return expected_macs(a, b);
  if (is_sparse(a)) return checked_mul(stored_of(a), size_of(b, -1));
  if (is_sparse(b)) return checked_mul(stored_of(b), size_of(a, -2));
  return checked_product({a.elements(), size_of(b, -1)});
}

std::int64_t vector_macs(tensor_arg const& matrix, tensor_arg const& vector) {
  require(matrix.rank() == 2 && vector.rank() == 1, "an operand of the product has the wrong rank");
  require(size_of(matrix, 1) == size_of(vector, 0), inner_sizes_differ);
  require(!is_sparse(vector), two_sparse);
  return is_sparse(matrix) ? stored_of(matrix) : matrix.elements();
}

/// The overloads "dtype" have the output's format before beta and alpha.
std::size_t beta_position(operator_call const& call) { return call.overload.starts_with("dtype") ? 4 : 3; }

/// Two sparse operands: an estimate, and said to be one.
operator_work of_matrices(tensor_arg const& a, tensor_arg const& b, std::size_t rank,
                          other_parts const& parts = {}) {
  auto result = product_work(a.dtype, matrix_macs(a, b, rank), parts);
  if (is_sparse(a) && is_sparse(b)) result.note = evenly_stored;
  return result;
}

operator_work mm(operator_call const& call) { return of_matrices(tensor_at(call, 0), tensor_at(call, 1), 2); }

operator_work bmm(operator_call const& call) {
  auto const& a = tensor_at(call, 0);
  return product_work(a.dtype, matrix_macs(a, tensor_at(call, 1), 3));
}

operator_work mv(operator_call const& call) {
  auto const& matrix = tensor_at(call, 0);
  return product_work(matrix.dtype, vector_macs(matrix, tensor_at(call, 1)));
}

operator_work dot(operator_call const& call) {
  auto const& a = dense_at(call, 0);
  auto const& b = dense_at(call, 1);
  require(a.rank() == 1 && b.rank() == 1, "an operand of the product has the wrong rank");
  require(a.sizes == b.sizes, inner_sizes_differ);
  return product_work(a.dtype, a.elements());
}

operator_work addmm(operator_call const& call, std::size_t rank) {
  (void)tensor_at(call, 0);
  auto const& a = tensor_at(call, 1);
  auto const& b = tensor_at(call, 2);
  auto const batch = rank == 3 ? size_of(a, 0) : 1;
  auto const elements = checked_product({batch, size_of(a, -2), size_of(b, -1)});
  auto const beta = beta_position(call);
  return of_matrices(a, b, rank, accumulation(call, beta, beta + 1, elements));
}

/// All products of the batch are added into one matrix, which is one longer product.
operator_work addbmm(operator_call const& call) {
  (void)dense_at(call, 0);
  auto const& a = dense_at(call, 1);
  auto const& b = dense_at(call, 2);
  auto const elements = checked_product({size_of(a, -2), size_of(b, -1)});
  return product_work(a.dtype, matrix_macs(a, b, 3), accumulation(call, 3, 4, elements));
}

operator_work addmv(operator_call const& call) {
  (void)dense_at(call, 0);
  auto const& matrix = tensor_at(call, 1);
  auto const macs = vector_macs(matrix, tensor_at(call, 2));
  return product_work(matrix.dtype, macs, accumulation(call, 3, 4, size_of(matrix, 0)));
}

/// An outer product has no sums: elementwise arithmetic.
operator_work addr(operator_call const& call) {
  (void)dense_at(call, 0);
  auto const& a = dense_at(call, 1);
  auto const elements = checked_product({a.elements(), dense_at(call, 2).elements()});
  auto parts = accumulation(call, 3, 4, elements);
  parts.multiplies = checked_add(parts.multiplies, elements);
  return other_work(a.dtype, parts);
}

operator_work addmm_activation(operator_call const& call) {
  auto result = addmm(call, 2);
  auto const elements = checked_product({size_of(tensor_at(call, 1), 0), size_of(tensor_at(call, 2), 1)});
  if (boolean_at(call, 5)) {  // GELU; the other choice, ReLU, is a comparison
    result.amount.other_flops = checked_add(result.amount.other_flops, checked_mul(elements, 2));
  }
  return result;
}

/// Only the stored positions of `self` are computed.
operator_work sampled_addmm(operator_call const& call) {
  auto const stored = stored_of(tensor_at(call, 0));
  auto const& a = dense_at(call, 1);
  require(size_of(a, -1) == size_of(dense_at(call, 2), -2), inner_sizes_differ);
  return product_work(a.dtype, checked_mul(stored, size_of(a, -1)), accumulation(call, 3, 4, stored));
}

/// Two of every four elements are stored: `mat1` is [M,K/2] of [M,K].
operator_work semi_structured_mm(operator_call const& call) {
  auto const& a = dense_at(call, 0);
  auto const& b = dense_at(call, 2);
  require(a.rank() == 2 && b.rank() == 2, "an operand of the product has the wrong rank");
  require(checked_mul(size_of(a, 1), 2) == size_of(b, 0), inner_sizes_differ);
  return product_work(a.dtype, checked_product({a.elements(), size_of(b, 1)}));
}

operator_work mm_plus_mm(operator_call const& call) {
  auto const& a = dense_at(call, 0);
  auto const& b = dense_at(call, 1);
  auto const macs = checked_add(matrix_macs(a, b, 2), matrix_macs(dense_at(call, 2), dense_at(call, 3), 2));
  return product_work(a.dtype, macs, {.adds = checked_product({size_of(a, 0), size_of(b, 1)})});
}

/// [batch...,M,K] times its own transpose. Every element counts, as in the product that the compiler replaced
/// by it; a kernel may compute one triangle and copy it.
operator_work symmetric_mm(operator_call const& call) {
  auto const& x = dense_at(call, 0);
  return product_work(x.dtype, checked_mul(x.elements(), size_of(x, -2)));
}

}  // namespace

void add_matmul_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  table.counted("mm _int_mm hspmm symm_mem::_async_input_mm", kind, mm);
  table.counted("bmm", kind, bmm);
  table.counted("mv", kind, mv);
  table.counted("dot vdot", kind, dot);
  table.counted("addmm _sparse_addmm", kind, [](operator_call const& call) { return addmm(call, 2); });
  table.counted("baddbmm", kind, [](operator_call const& call) { return addmm(call, 3); });
  table.counted("addbmm", kind, addbmm);
  table.counted("addmv", kind, addmv);
  table.counted("addr", arithmetic::other, addr);
  table.counted("_addmm_activation", kind, addmm_activation);
  table.counted("sparse_sampled_addmm", kind, sampled_addmm);
  table.counted("_sparse_semi_structured_mm", kind, semi_structured_mm);
  table.counted("inductor::_mm_plus_mm", kind, mm_plus_mm);
  table.counted("inductor::quack_symmetric_mm", kind, symmetric_mm);
}

}  // namespace flopwatch::operator_rules
