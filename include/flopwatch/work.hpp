// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "flopwatch/checked.hpp"

namespace flopwatch {

/// Class of arithmetic of an operator, and of a counted operator call.
enum class arithmetic : std::uint8_t { none, multiply_add, other };

/// An amount of arithmetic. The two classes are kept apart everywhere:
/// - multiply-add class: matrix products, convolutions, attention products, in MACs
///   (1 MAC = 1 multiply and 1 add = 2 FLOPs);
/// - other arithmetic: bias, softmax, norms, activations, elementwise, reductions, in FLOPs.
struct work {
  std::int64_t macs = 0;  ///< multiply-add class, whole products (a causal mask does not reduce it)
  std::int64_t useful_macs =
      0;  ///< the part of `macs` whose result is used (less than `macs` with a causal mask)
  std::int64_t other_flops = 0;  ///< other arithmetic

  /// Multiply-add class in FLOPs. \throws overflow_error
  [[nodiscard]] std::int64_t mac_flops() const { return checked_mul(macs, 2); }

  /// \throws overflow_error
  work& operator+=(work const& o) {
    macs = checked_add(macs, o.macs);
    useful_macs = checked_add(useful_macs, o.useful_macs);
    other_flops = checked_add(other_flops, o.other_flops);
    return *this;
  }

  friend bool operator==(work const&, work const&) = default;
};

}  // namespace flopwatch
