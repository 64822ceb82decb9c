// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory_resource>
#include <span>
#include <string>
#include <vector>

#include "flopwatch/capture.hpp"
#include "recording/operator_info.hpp"
#include "recording/scope_tree.hpp"

namespace flopwatch::detail {

/// Equal operator calls of one thread: same scope, operator, phase and arguments. What every call reads comes
/// first and fits few cache lines: the model's own work has evicted them since the last step.
struct alignas(64) operator_row {
  static constexpr std::size_t inline_args = 24;

  scope_node const* scope = nullptr;
  operator_info const* info = nullptr;
  char const* name = nullptr;    ///< the pointer by which the operator was last seen
  operator_row* next = nullptr;  ///< the row that came after this one last time
  std::int64_t calls = 0;        ///< counted, or without arithmetic
  std::uint64_t hash = 0;
  std::uint32_t arg_count = 0;
  phase in_phase = phase::forward;
  call_traits traits;    ///< those of `info`
  bool counted = false;  ///< the rule gave an amount for these arguments
  bool no_arithmetic = false;
  bool product = false;  ///< counted, of the multiply-add class
  std::array<std::int64_t, inline_args> first_args{};
  std::vector<std::int64_t> more_args;  ///< all of them, where they are too many for `first_args`

  work per_call;
  flopwatch::precision precision = flopwatch::precision::unknown;
  std::string note;              ///< why it is not counted, or how it is estimated
  std::int64_t unsupported = 0;  ///< calls with no counted call inside
  std::int64_t partly = 0;       ///< calls with some counted call inside

  [[nodiscard]] std::span<std::int64_t const> args() const noexcept {
    return {arg_count <= inline_args ? first_args.data() : more_args.data(), arg_count};
  }
};

/// The rows of one thread, found by what makes them equal. Does not grow with the number of steps.
class operator_rows {
 public:
  explicit operator_rows(std::size_t max_rows)
      : max_rows_(max_rows), table_(1024, nullptr), distinct_(256, nullptr) {}

  /// The row that follows if this step repeats the last one, when it has that operator name.
  [[nodiscard]] operator_row* predicted(char const* name) const noexcept {
    auto* const p = last_ == nullptr ? nullptr : last_->next;
    return p != nullptr && p->name == name ? p : nullptr;
  }

  struct found {
    operator_row* row;  ///< null when the bound was reached
    bool is_new;
  };
  found find_or_add(scope_node const* scope, operator_info const* info, phase in_phase,
                    std::span<std::int64_t const> args);

  /// An earlier row of the same operator with the same arguments, in another scope or phase, that a rule
  /// counted; null without one. Later calls then find `row`.
  operator_row const* counted_like(operator_row const& row);

  [[nodiscard]] std::pmr::deque<operator_row> const& all() const noexcept { return rows_; }

 private:
  static constexpr std::size_t first_bytes = std::size_t{1} << 16U;

  found look_up(scope_node const* scope, operator_info const* info, phase in_phase,
                std::span<std::int64_t const> args);
  void grow();
  operator_row const*& place_of_equal(operator_row const& row) noexcept;

  std::size_t max_rows_;
  /// Rows are never freed one by one. The default resource is the user's.
  std::pmr::monotonic_buffer_resource memory_{first_bytes, std::pmr::new_delete_resource()};
  std::pmr::deque<operator_row> rows_{&memory_};
  std::vector<operator_row*> table_;  ///< open addressing, size a power of two, at most half full
  operator_row* last_ = nullptr;
  std::vector<operator_row const*> distinct_;  ///< by operator and arguments alone; sized as `table_`
  std::size_t distinct_count_ = 0;
};

}  // namespace flopwatch::detail
