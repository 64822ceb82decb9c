// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/linear_algebra.hpp"

#include <cmath>
#include <span>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operands.hpp"

namespace flopwatch::operator_rules {
namespace {

std::span<std::int64_t const> batch_sizes(tensor_arg const& t) {
  if (t.rank() < 2) throw rule_error("an operand is no matrix");
  return std::span(t.sizes).first(t.sizes.size() - 2);
}

}  // namespace

matrices matrices_at(operator_call const& call, std::size_t i) {
  auto const& t = dense_at(call, i);
  return {t.dtype, checked_product(batch_sizes(t)), static_cast<double>(size_of(t, -2)),
          static_cast<double>(size_of(t, -1))};
}

matrices square_matrices_at(operator_call const& call, std::size_t i) {
  auto const of = matrices_at(call, i);
  if (of.rows != of.columns) throw rule_error("a matrix is not square");
  return of;
}

std::int64_t batch_of(tensor_arg const& a, tensor_arg const& b) {
  return checked_product(broadcast(batch_sizes(a), batch_sizes(b)));
}

double right_sides_at(operator_call const& call, std::size_t i, matrices const& of, bool left) {
  auto const& t = dense_at(call, i);
  auto const along = size_of(t, t.rank() < 2 || !left ? -1 : -2);
  if (static_cast<double>(along) != of.rows) throw rule_error("the right side does not fit the matrix");
  return t.rank() < 2 ? 1 : static_cast<double>(size_of(t, left ? -1 : -2));
}

std::int64_t rounded(double flops) {
  // 2^63: the first value that does not fit.
  if (!(flops < 9223372036854775808.0)) throw overflow_error();
  return std::llround(flops);
}

operator_work estimated_work(matrices const& of, double flops_of_one) {
  auto const parts = is_complex(of.dtype) ? 4 : 1;
  return {.amount = {.other_flops = checked_product({of.count, parts, rounded(flops_of_one)})},
          .precision = precision_of(of.dtype)};
}

}  // namespace flopwatch::operator_rules
