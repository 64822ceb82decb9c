// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "flopwatch/error.hpp"
#include "flopwatch/operator_rule.hpp"

/// \file
/// Operator calls written down by hand, and what the built-in rules give for them.

namespace flopwatch::test {

using ints = std::vector<std::int64_t>;
using args = std::vector<operator_arg>;

inline operator_arg const none{};
inline operator_arg const word{opaque_arg{}};

inline tensor_arg tensor(ints sizes, scalar_type dtype = scalar_type::f32) {
  return {.sizes = std::move(sizes), .dtype = dtype};
}

inline tensor_arg sparse(ints sizes, std::int64_t stored, tensor_layout layout = tensor_layout::sparse_csr) {
  return {.sizes = std::move(sizes), .layout = layout, .stored = stored};
}

inline tensor_arg undefined() { return {.sizes = {}, .defined = false}; }

inline operator_arg number(std::int64_t n) { return n; }
inline operator_arg list(ints v) { return v; }
inline operator_arg tensors(std::vector<tensor_arg> v) { return v; }

inline operator_work count(std::string_view name, args const& a, std::string_view overload = "") {
  auto const entry = find_operator(name, overload);
  if (!entry.rule) throw std::logic_error("no rule for " + std::string(name));
  return entry.rule({name, overload, a});
}

inline std::int64_t macs(std::string_view name, args const& a, std::string_view overload = "") {
  auto const amount = count(name, a, overload).amount;
  EXPECT_EQ(amount.useful_macs, amount.macs) << name;
  return amount.macs;
}

inline std::int64_t flops(std::string_view name, args const& a, std::string_view overload = "") {
  return count(name, a, overload).amount.other_flops;
}

}  // namespace flopwatch::test
