// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "flopwatch/comparison.hpp"

/// \file
/// What ran, taken apart: how much of it was useful. Pure.

namespace flopwatch {

enum class executed_part : std::uint8_t {
  useful,     ///< products whose results are used
  masked,     ///< products whose results a mask throws away: causal attention, windows, block masks
  recompute,  ///< forward work that ran again in the backward pass, products and other arithmetic
  other,      ///< other arithmetic: softmax, norms, activations, the optimizer
  // Only with counters:
  padding,      ///< more than the shapes need: tiles that are not full, and extra work of a kernel
  outside,      ///< launches outside every operator of the dispatcher
  not_read,     ///< negative: work by the shapes that the counters did not read (a shorter algorithm, skipped
                ///< tiles, arithmetic that they do not see)
  unexplained,  ///< what no verdict explains
};

inline constexpr std::array all_executed_parts{
    executed_part::useful,  executed_part::masked,  executed_part::recompute, executed_part::other,
    executed_part::padding, executed_part::outside, executed_part::not_read,  executed_part::unexplained};

/// Stable name for JSON: "useful".
[[nodiscard]] std::string_view to_string(executed_part p) noexcept;
/// For people: "useful products".
[[nodiscard]] std::string_view text_of(executed_part p) noexcept;

/// FLOPs of each part, 2 for a MAC. A part that does not fit 64 bits is at the largest number.
class executed_flops {
 public:
  [[nodiscard]] std::int64_t& operator[](executed_part p) noexcept { return parts_[at(p)]; }
  [[nodiscard]] std::int64_t operator[](executed_part p) const noexcept { return parts_[at(p)]; }
  /// The sum of the parts.
  [[nodiscard]] std::int64_t total() const noexcept;
  friend bool operator==(executed_flops const&, executed_flops const&) = default;

 private:
  static std::size_t at(executed_part p) noexcept { return static_cast<std::size_t>(p); }
  std::array<std::int64_t, all_executed_parts.size()> parts_{};
};

/// A row with everything below it.
struct executed_work {
  /// The sum is what the counters read; otherwise (not collected for all of its launches) what the shapes
  /// need, and then the parts that take counters are 0.
  bool measured = false;
  executed_flops flops;
  /// The four parts that the operator column has, by number format of the operators. nullopt: not known for
  /// this row (a scope around a root in whose backward pass work ran again).
  std::optional<std::map<precision, executed_flops>> by_precision;
};

/// Parallel to attribution::rows; rows[0] is the whole. Empty without an operator column: what was useful is
/// not known then.
[[nodiscard]] std::vector<executed_work> take_apart(capture_data const& capture, attribution const& tree,
                                                    comparison const& differences);

/// Forward calls of attention operators with a mask or bias given as a tensor. Which products it leaves
/// unused its shape does not say: all of them are in `useful`.
[[nodiscard]] std::int64_t calls_with_tensor_masks(capture_data const& capture);

}  // namespace flopwatch
