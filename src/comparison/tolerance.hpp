// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flopwatch::comparison_detail {

/// Counters that read at most this much above what the shapes need still agree.
constexpr std::int64_t tolerated_percent = 2;

/// In the unit of `needed`. Without a product, which could overflow.
[[nodiscard]] constexpr std::int64_t tolerated_surplus(std::int64_t needed) noexcept {
  return needed / (100 / tolerated_percent);
}

}  // namespace flopwatch::comparison_detail
