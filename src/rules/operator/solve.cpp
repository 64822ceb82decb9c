// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/linear_algebra.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

/// \file
/// Solutions of linear equations with a factorization that is given. Estimates by their leading terms.

namespace flopwatch::operator_rules {
namespace {

struct solution_positions {
  std::size_t matrix = 0;
  std::size_t right_side = 1;
  int left = -1;  ///< of the argument that says on which side the matrix stands
};

/// `triangles` triangular solutions of n^2 FLOPs for each right side.
operator_rule_function solution(solution_positions const& at, double triangles) {
  return [at, triangles](operator_call const& call) {
    auto of = square_matrices_at(call, at.matrix);
    bool const left = at.left < 0 || boolean_at(call, static_cast<std::size_t>(at.left));
    auto const columns = right_sides_at(call, at.right_side, of, left);
    auto const& right_side = dense_at(call, at.right_side);
    if (right_side.rank() >= 2) of.count = batch_of(dense_at(call, at.matrix), right_side);
    return estimated_work(of, triangles * of.rows * of.rows * columns);
  };
}

/// From a Cholesky factor: 2/3 n^3.
operator_work cholesky_inverse(operator_call const& call) {
  auto const of = square_matrices_at(call, 0);
  return estimated_work(of, 2 * of.rows * of.rows * of.rows / 3);
}

/// By reflections, which are applied to the right sides, and a triangular solution. Rules do not get the name
/// of the driver.
operator_work least_squares(operator_call const& call) {
  auto const a = matrices_at(call, 0);
  auto const& b = dense_at(call, 1);
  double const columns = b.rank() == dense_at(call, 0).rank() ? static_cast<double>(size_of(b, -1)) : 1;
  auto const k = std::min(a.rows, a.columns);
  auto const m = std::max(a.rows, a.columns);
  auto const factorization = 2 * m * k * k - 2 * k * k * k / 3;
  return estimated_work(a, factorization + columns * (2 * k * (2 * m - k) + k * k));
}

/// coefficients [O,I] times input [I,...]
operator_work linear_combination(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const& coefficients = dense_at(call, 1);
  if (coefficients.rank() != 2 || size_of(input, 0) != size_of(coefficients, 1)) {
    throw rule_error("the coefficients do not fit the input");
  }
  return product_work(input.dtype, checked_mul(size_of(coefficients, 0), input.elements()));
}

}  // namespace

void add_solve_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  constexpr auto why = leading_terms;
  table.estimated("linalg_solve_triangular", kind, why, solution({.left = 3}, 1));
  table.estimated("triangular_solve", kind, why, solution({.matrix = 1, .right_side = 0}, 1));
  table.estimated("linalg_lu_solve", kind, why, solution({.right_side = 2, .left = 3}, 2));
  table.estimated("linalg_ldl_solve", kind, why, solution({.right_side = 2}, 2));
  table.estimated("cholesky_solve _cholesky_solve_helper", kind, why,
                  solution({.matrix = 1, .right_side = 0}, 2));
  table.estimated("cholesky_inverse", kind, why, cholesky_inverse);
  table.estimated("linalg_lstsq", kind, why, least_squares);
  table.counted("_compute_linear_combination", arithmetic::multiply_add, linear_combination);
  table.no_arithmetic("lu_unpack");
}

}  // namespace flopwatch::operator_rules
