// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/linear_algebra.hpp"
#include "rules/operator/operator_table.hpp"

/// \file
/// Factorizations of dense matrices. Estimates: the leading terms of the textbook algorithms (Golub and Van
/// Loan, Matrix Computations). Libraries block, pivot and iterate in their own ways.

namespace flopwatch::operator_rules {
namespace {

/// L U of [m,n] with k = min(m,n): 2 (m n k - (m + n) k^2 / 2 + k^3 / 3); 2/3 n^3 for a square one.
double lu_flops(double m, double n) {
  auto const k = std::min(m, n);
  return 2 * (m * n * k - (m + n) * k * k / 2 + k * k * k / 3);
}

double cholesky_flops(double n) { return n * n * n / 3; }

/// Householder reflections: 2 M k^2 - 2/3 k^3 with k the smaller and M the larger side.
double reflections_flops(double m, double n) {
  auto const k = std::min(m, n);
  return 2 * std::max(m, n) * k * k - 2 * k * k * k / 3;
}

/// The product of k reflections of length m as its first `columns` columns.
double orthogonal_flops(double m, double columns, double k) {
  return 4 * m * columns * k - 2 * (m + columns) * k * k + 4 * k * k * k / 3;
}

/// Values and vectors by the cheaper one of Golub-Reinsch and of a QR step before it; `large`, `small`:
/// sides.
double singular_flops(double large, double small, bool vectors, bool full) {
  auto const cube = small * small * small;
  if (!vectors)
    return std::min(4 * large * small * small - 4 * cube / 3, 2 * large * small * small + 2 * cube);
  if (full) {
    auto const golub_reinsch = 4 * large * large * small + 8 * large * small * small + 9 * cube;
    return std::min(golub_reinsch, 4 * large * large * small + 22 * cube);
  }
  return std::min(14 * large * small * small + 8 * cube, 6 * large * small * small + 20 * cube);
}

operator_work lu(operator_call const& call) {
  auto const a = matrices_at(call, 0);
  return estimated_work(a, lu_flops(a.rows, a.columns));
}

operator_work cholesky(operator_call const& call) {
  auto const a = square_matrices_at(call, 0);
  return estimated_work(a, cholesky_flops(a.rows));
}

operator_work geqrf(operator_call const& call) {
  auto const a = matrices_at(call, 0);
  return estimated_work(a, reflections_flops(a.rows, a.columns));
}

/// R, and Q with as many columns as the smaller side. Rules do not get the name of the mode.
operator_work qr(operator_call const& call) {
  auto const a = matrices_at(call, 0);
  auto const k = std::min(a.rows, a.columns);
  return estimated_work(a, reflections_flops(a.rows, a.columns) + orthogonal_flops(a.rows, k, k));
}

/// input [m,n] holds reflections, tau [k].
operator_work householder_product(operator_call const& call) {
  auto const a = matrices_at(call, 0);
  auto const k = static_cast<double>(size_of(dense_at(call, 1), -1));
  return estimated_work(a, orthogonal_flops(a.rows, a.columns, k));
}

/// Q of k reflections times [m,n], from the left or the right.
operator_work ormqr(operator_call const& call) {
  auto const other = matrices_at(call, 2);
  auto const k = static_cast<double>(size_of(dense_at(call, 1), -1));
  bool const left = boolean_at(call, 3);
  auto const along = left ? other.rows : other.columns;
  auto const across = left ? other.columns : other.rows;
  return estimated_work(other, 2 * across * k * (2 * along - k));
}

/// Reduction to three diagonals, 4/3 n^3; with vectors 9 n^3 in all. `compute_v` at `vectors`.
operator_work eigh(operator_call const& call) {
  auto const a = square_matrices_at(call, 0);
  auto const cube = a.rows * a.rows * a.rows;
  return estimated_work(a, boolean_at(call, 2) ? 9 * cube : 4 * cube / 3);
}

/// Hessenberg form and QR steps.
operator_rule_function eig(double flops_of_cube) {
  return [flops_of_cube](operator_call const& call) {
    auto const a = square_matrices_at(call, 0);
    return estimated_work(a, flops_of_cube * a.rows * a.rows * a.rows);
  };
}

operator_work svd(operator_call const& call) {
  auto const a = matrices_at(call, 0);
  return estimated_work(a, singular_flops(std::max(a.rows, a.columns), std::min(a.rows, a.columns),
                                          boolean_at(call, 2), boolean_at(call, 1)));
}

}  // namespace

void add_factorization_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  constexpr auto why = leading_terms;
  table.estimated("linalg_lu linalg_lu_factor_ex", kind, why, lu);
  table.estimated("linalg_cholesky_ex cholesky linalg_ldl_factor_ex", kind, why, cholesky);
  table.estimated("geqrf", kind, why, geqrf);
  table.estimated("linalg_qr", kind, why, qr);
  table.estimated("linalg_householder_product", kind, why, householder_product);
  table.estimated("ormqr", kind, why, ormqr);
  table.estimated("_linalg_eigh", kind, why, eigh);
  table.estimated("linalg_eig", kind, why, eig(25));
  table.estimated("_linalg_eigvals linalg_eigvals", kind, why, eig(10));
  table.estimated("_linalg_svd", kind, why, svd);
  // Their arithmetic is in the factorization, the solution and the products that they call.
  table.opened(
      "_linalg_det _linalg_slogdet _linalg_solve_ex linalg_inv_ex linalg_matrix_exp linalg_matrix_sqrth "
      "linalg_polar");
  // In its place a library iterates on the GPU.
  table.unsupported("_native::linalg_polar _native::linalg_polar_out",
                    "the number of its steps depends on the matrix' condition, which is a value");
}

}  // namespace flopwatch::operator_rules
