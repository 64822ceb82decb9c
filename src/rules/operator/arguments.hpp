// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "flopwatch/operator_rule.hpp"

/// \file
/// Typed access to the arguments of an operator call. Positions are those of the schema. Everything throws
/// `rule_error` if the argument is missing or of another kind.

namespace flopwatch::operator_rules {

[[nodiscard]] operator_arg const& argument_at(operator_call const& call, std::size_t i);

/// A defined tensor of any layout whose sizes are known.
[[nodiscard]] tensor_arg const& tensor_at(operator_call const& call, std::size_t i);
/// A defined tensor that is not sparse.
[[nodiscard]] tensor_arg const& dense_at(operator_call const& call, std::size_t i);
/// nullptr for None and for an undefined tensor.
[[nodiscard]] tensor_arg const* optional_tensor_at(operator_call const& call, std::size_t i);
/// 1 where an optional tensor is given, else 0: for terms that it adds.
[[nodiscard]] std::int64_t given(operator_call const& call, std::size_t i);
/// An object with packed weights. \throws rule_error for another one, and where it could not be unpacked
[[nodiscard]] packed_arg const& packed_at(operator_call const& call, std::size_t i);
[[nodiscard]] std::vector<tensor_arg> const& tensors_at(operator_call const& call, std::size_t i);

/// A list; a single integer is a list of one, None is empty.
[[nodiscard]] std::vector<std::int64_t> integers_at(operator_call const& call, std::size_t i);
/// A list of `n` values; a single value is repeated.
[[nodiscard]] std::vector<std::int64_t> integers_at(operator_call const& call, std::size_t i, std::size_t n);
[[nodiscard]] std::int64_t integer_at(operator_call const& call, std::size_t i);
[[nodiscard]] std::optional<std::int64_t> optional_integer_at(operator_call const& call, std::size_t i);
[[nodiscard]] bool boolean_at(operator_call const& call, std::size_t i);
/// The value of an integer, real or boolean argument; nullopt for anything else.
[[nodiscard]] std::optional<double> number_at(operator_call const& call, std::size_t i);
/// False also if the value is unknown (a tensor).
[[nodiscard]] bool is_number(operator_call const& call, std::size_t i, double value);

/// `size` of a dimension, counted from the end if negative.
[[nodiscard]] std::int64_t size_of(tensor_arg const& t, std::int64_t dim);
[[nodiscard]] std::size_t wrap_dim(std::int64_t dim, std::size_t rank);
[[nodiscard]] bool is_sparse(tensor_arg const& t) noexcept;
/// Stored elements of a sparse tensor. \throws rule_error if they are unknown
[[nodiscard]] std::int64_t stored_of(tensor_arg const& t);

}  // namespace flopwatch::operator_rules
