// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "flopwatch/checked.hpp"
#include "flopwatch/wide.hpp"
#include "flopwatch/work.hpp"

/// \file
/// The sums of a capture in 128 bits. No sum of 64-bit counts, nor such a sum times a weight, leaves them.

namespace flopwatch::reduction {

struct wide_work {
  wide_integer macs = 0, useful_macs = 0, other_flops = 0;

  wide_work& operator+=(work const& w) { return *this += wide_work{w.macs, w.useful_macs, w.other_flops}; }
  wide_work& operator+=(wide_work const& w) {
    macs += w.macs;
    useful_macs += w.useful_macs;
    other_flops += w.other_flops;
    return *this;
  }
  friend bool operator==(wide_work const&, wide_work const&) = default;
};

/// FLOPs with the floor and with the ceiling of each weight.
struct wide_flops {
  wide_integer floor = 0, ceiling = 0;
  bool missing = false;  ///< a part was not collected, so there is no sum

  wide_flops& operator+=(wide_flops const& o) {
    floor += o.floor;
    ceiling += o.ceiling;
    missing = missing || o.missing;
    return *this;
  }
  friend bool operator==(wide_flops const&, wide_flops const&) = default;
};

/// Where a launch's FLOPs belong: by its operator call, outside every one, or (scope ranges) not known.
enum class launch_class : std::uint8_t { multiply_add, other, outside, range };
inline constexpr std::size_t launch_class_count = 4;

/// As flopwatch::measured_work, which says what each number means.
struct wide_measured {
  std::int64_t launches = 0;
  std::int64_t unmeasured_launches = 0;
  std::int64_t launches_without_tensor_metrics = 0;
  std::int64_t launches_in_ranges = 0;
  std::int64_t range_launches = 0;
  std::int64_t reused_launches = 0;
  std::array<wide_flops, launch_class_count> flops = {};
  std::optional<double> reuse_bound_flops = 0;

  [[nodiscard]] wide_flops& of(launch_class c) { return flops[static_cast<std::size_t>(c)]; }
  [[nodiscard]] wide_flops const& of(launch_class c) const { return flops[static_cast<std::size_t>(c)]; }

  wide_measured& operator+=(wide_measured const& o) {
    for (auto const member :
         {&wide_measured::launches, &wide_measured::unmeasured_launches,
          &wide_measured::launches_without_tensor_metrics, &wide_measured::launches_in_ranges,
          &wide_measured::range_launches, &wide_measured::reused_launches}) {
      this->*member = checked_add(this->*member, o.*member);
    }
    for (std::size_t i = 0; i < flops.size(); ++i) flops[i] += o.flops[i];
    if (reuse_bound_flops && o.reuse_bound_flops) {
      *reuse_bound_flops += *o.reuse_bound_flops;
    } else {
      reuse_bound_flops.reset();
    }
    return *this;
  }
  friend bool operator==(wide_measured const&, wide_measured const&) = default;
};

}  // namespace flopwatch::reduction
