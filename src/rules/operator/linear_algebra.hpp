// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "flopwatch/operator_rule.hpp"

/// \file
/// Batches of dense matrices, and estimates for what is done to them.

namespace flopwatch::operator_rules {

inline constexpr std::string_view leading_terms =
    "an estimate: the leading terms of the textbook algorithm, which libraries vary";

/// [batch...,rows,columns]
struct matrices {
  scalar_type dtype = scalar_type::f32;
  std::int64_t count = 0;  ///< matrices in the batch
  double rows = 0;
  double columns = 0;
};

[[nodiscard]] matrices matrices_at(operator_call const& call, std::size_t i);
/// \throws rule_error for a matrix that is not square
[[nodiscard]] matrices square_matrices_at(operator_call const& call, std::size_t i);
/// Columns of right sides [...,n,columns], or of one vector where it has `rank` 1 less than the matrices.
[[nodiscard]] double right_sides_at(operator_call const& call, std::size_t i, matrices const& of, bool left);
/// Matrices of the broadcast batch of two arguments.
[[nodiscard]] std::int64_t batch_of(tensor_arg const& a, tensor_arg const& b);

/// `flops_of_one` real FLOPs for each matrix, rounded; four times that for complex ones. \throws
/// overflow_error
[[nodiscard]] operator_work estimated_work(matrices const& of, double flops_of_one);

/// Rounds to the nearest whole number. \throws overflow_error
[[nodiscard]] std::int64_t rounded(double flops);

}  // namespace flopwatch::operator_rules
