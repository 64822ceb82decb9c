// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operands.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

/// A pair of rows of n: differences (n), then: 2 and others: powers, sum, root (2n); 1: sum (n - 1);
/// 0: a count (n - 1); infinite: comparisons. Always by this definition, regardless of how it is computed.
operator_work distances(scalar_type t, std::int64_t pairs, std::int64_t n, double p) {
  std::int64_t each = n;
  if (n != 0 && p != std::numeric_limits<double>::infinity()) {
    each = p == 0 || p == 1 ? checked_sub(checked_mul(2, n), 1) : checked_mul(3, n);
  }
  return other_work(t, {.functions = checked_product({pairs, each})});
}

double power_at(operator_call const& call, std::size_t position) {
  auto const p = number_at(call, position);
  if (!p) throw rule_error("the order of the distance is not a number");
  return *p;
}

/// x1 [...,P,n], x2 [...,R,n]
operator_work cdist(operator_call const& call) {
  auto const& a = dense_at(call, 0);
  auto const& b = dense_at(call, 1);
  if (a.rank() < 2 || b.rank() < 2) throw rule_error("an operand of the distance has the wrong rank");
  if (size_of(a, -1) != size_of(b, -1)) throw rule_error("the widths of the rows differ");
  auto const batch = checked_product(
      broadcast(std::span(a.sizes).first(a.sizes.size() - 2), std::span(b.sizes).first(b.sizes.size() - 2)));
  return distances(a.dtype, checked_product({batch, size_of(a, -2), size_of(b, -2)}), size_of(a, -1),
                   power_at(call, 2));
}

operator_work pdist(operator_call const& call) {
  auto const& a = dense_at(call, 0);
  if (a.rank() != 2) throw rule_error("an operand of the distance has the wrong rank");
  auto const n = size_of(a, 0);
  auto const pairs = n % 2 == 0 ? checked_mul(n / 2, n - 1) : checked_mul(n, (n - 1) / 2);
  return distances(a.dtype, n == 0 ? 0 : pairs, size_of(a, 1), power_at(call, 1));
}

/// A pair of rows of n, order 2 and others: difference, two factors, sum; order 1: no factor of its own.
std::int64_t gradient_flops(double p) { return p == 0 ? 0 : p == 1 ? 3 : 4; }

/// (grad, x1, x2, p, ...)
operator_work cdist_backward(operator_call const& call) {
  auto const& a = dense_at(call, 1);
  auto const& b = dense_at(call, 2);
  if (a.rank() < 2 || b.rank() < 2) throw rule_error("an operand of the distance has the wrong rank");
  auto const pairs = checked_mul(a.elements(), size_of(b, -2));
  return other_work(a.dtype, {.functions = checked_mul(pairs, gradient_flops(power_at(call, 3)))});
}

/// (grad, self, p, ...): each pair adds to both of its rows.
operator_work pdist_backward(operator_call const& call) {
  auto const pairs = dense_at(call, 0).elements();
  auto const& a = dense_at(call, 1);
  auto const each = gradient_flops(power_at(call, 2)) + 1;
  return other_work(a.dtype, {.functions = checked_product({pairs, size_of(a, -1), each})});
}

}  // namespace

void add_distance_rules(operator_table& table) {
  table.counted("_cdist_forward", arithmetic::other, cdist);
  table.counted("_pdist_forward", arithmetic::other, pdist);
  table.counted("_cdist_backward", arithmetic::other, cdist_backward);
  table.counted("_pdist_backward", arithmetic::other, pdist_backward);
}

}  // namespace flopwatch::operator_rules
