// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "flopwatch/capture.hpp"
#include "scope/operator_info.hpp"
#include "scope/scope_tree.hpp"

namespace flopwatch::detail {

/// Equal operator calls of one thread: same scope, operator, phase and arguments.
struct operator_row {
  scope_node const* scope = nullptr;
  operator_info const* info = nullptr;
  phase in_phase = phase::forward;
  std::vector<std::int64_t> args;
  std::uint64_t hash = 0;

  bool counted = false;  ///< the rule gave an amount for these arguments
  bool no_arithmetic = false;
  work per_call;
  flopwatch::precision precision = flopwatch::precision::unknown;
  std::string note;  ///< why the rule could not count it

  std::int64_t calls = 0;        ///< counted, or without arithmetic
  std::int64_t unsupported = 0;  ///< calls with no counted call inside
  std::int64_t partly = 0;       ///< calls with some counted call inside
};

/// The rows of one thread, found by what makes them equal. Does not grow with the number of steps.
class operator_rows {
 public:
  explicit operator_rows(std::size_t max_rows) : max_rows_(max_rows), table_(256, nullptr) {}

  struct found {
    operator_row* row;  ///< null when the bound was reached
    bool is_new;
  };
  found find_or_add(scope_node const* scope, operator_info const* info, phase in_phase,
                    std::span<std::int64_t const> args);

  [[nodiscard]] std::deque<operator_row> const& all() const noexcept { return rows_; }

 private:
  void grow();

  std::size_t max_rows_;
  std::deque<operator_row> rows_;
  std::vector<operator_row*> table_;  ///< open addressing, size a power of two, at most half full
};

}  // namespace flopwatch::detail
