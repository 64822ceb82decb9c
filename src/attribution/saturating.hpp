// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "flopwatch/capture.hpp"
#include "flopwatch/diagnostics.hpp"
#include "flopwatch/metrics.hpp"
#include "flopwatch/work.hpp"

/// \file
/// Sums of a report: one that does not fit 64 bits stays at the limit and is counted, so that the rest of
/// the report can still be read. The limits are the largest number and minus the largest number.
///
/// The count is the one thing that these functions share: a number of this thread, which only rises.
/// `attribute` and `compare` each read it through an `overflow_counter` of their own, so that a result has
/// the overflows of its own sums alone, and the same capture gives the same result on any thread.

namespace flopwatch {

/// Counts the sums of this thread that do not fit, as long as the object lives.
class overflow_counter {
 public:
  overflow_counter() noexcept : before_(seen()) {}
  [[nodiscard]] std::int64_t count() const noexcept { return seen() - before_; }
  /// No loss, or one of kind count_overflow.
  [[nodiscard]] std::vector<data_loss_record> losses() const {
    if (count() == 0) return {};
    return {make_loss(loss::count_overflow, count(), "Sums of this report are at the largest number.")};
  }
  static void count_one() noexcept { ++seen(); }

 private:
  static std::int64_t& seen() noexcept {
    thread_local std::int64_t seen = 0;
    return seen;
  }
  std::int64_t before_;
};

namespace saturating_detail {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

inline std::int64_t limit(bool negative) noexcept {
  overflow_counter::count_one();
  return negative ? -most : most;
}

inline std::int64_t within(std::int64_t v) noexcept { return v < -most ? limit(true) : v; }

}  // namespace saturating_detail

[[nodiscard]] inline std::int64_t saturating_add(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t r = 0;
  return __builtin_add_overflow(a, b, &r) ? saturating_detail::limit(a < 0) : saturating_detail::within(r);
}

[[nodiscard]] inline std::int64_t saturating_sub(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t r = 0;
  return __builtin_sub_overflow(a, b, &r) ? saturating_detail::limit(a < 0) : saturating_detail::within(r);
}

[[nodiscard]] inline std::int64_t saturating_mul(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t r = 0;
  return __builtin_mul_overflow(a, b, &r) ? saturating_detail::limit((a < 0) != (b < 0))
                                          : saturating_detail::within(r);
}

inline void saturating_add_to(work& sum, work const& w) noexcept {
  sum.macs = saturating_add(sum.macs, w.macs);
  sum.useful_macs = saturating_add(sum.useful_macs, w.useful_macs);
  sum.other_flops = saturating_add(sum.other_flops, w.other_flops);
}

/// Multiply-add class in FLOPs.
[[nodiscard]] inline std::int64_t saturating_flops(work const& w) noexcept {
  return saturating_mul(w.macs, 2);
}

/// `flops_of` for a group of launches or of scope ranges; nullopt where it was not measured or does not fit
/// 64 bits.
template <class Group>
[[nodiscard]] auto group_flops(Group const& g) -> decltype(flops_of(g.sums)) {
  if (g.plan == 0) return std::nullopt;
  try {
    return flops_of(g.sums);
  } catch (overflow_error const&) {
    overflow_counter::count_one();
    return std::nullopt;
  }
}

}  // namespace flopwatch
