// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flopwatch::detail {

/// The counted operator call that is open on a thread. What runs inside its kernel is part of it. What runs
/// inside the call but outside its kernel (a saved-tensor hook, the product of a tangent) is not.
struct counted_call {
  int depth = 0;  ///< open calls: the counted one and its parts; 0 without a counted call
  /// Its kernel, and nothing else inside it, runs with the framework's autograd keys excluded.
  bool kernel_excludes_autograd = false;
  bool part_ended = false;  ///< a part ended before another one began
  std::int32_t parts = 0;
  std::int32_t parts_before_outside = -1;  ///< when the last call outside the kernel was made; -1: never

  void enter_part() noexcept {
    part_ended = part_ended || depth <= parts;
    ++depth;
    ++parts;
  }
  [[nodiscard]] constexpr bool left_kernel() const noexcept {
    return parts > 0 && parts_before_outside == parts;
  }
};

/// Whether the kernel of a counted call that raised an exception ran.
enum class kernel_run : std::uint8_t { no, yes, unknown };

/// \param multiply_add the call is of the multiply-add class: these save operands before the kernel runs, or
///   their result after parts have run
/// \param one_product all that it calls but one has no products, so that an exception leaves none behind
[[nodiscard]] constexpr kernel_run kernel_of_raised(counted_call const& call, bool multiply_add,
                                                    bool one_product) noexcept {
  if (call.left_kernel()) return kernel_run::yes;
  bool const hook_alone = call.parts == 0 && call.parts_before_outside == 0;
  if (hook_alone && !multiply_add) return kernel_run::unknown;
  return call.part_ended && !one_product ? kernel_run::unknown : kernel_run::no;
}

}  // namespace flopwatch::detail
