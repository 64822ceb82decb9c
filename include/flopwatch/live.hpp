// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "flopwatch/capture_records.hpp"

/// \file
/// What a session that still runs has counted by now. Readings are of what happened between two of them.

namespace flopwatch {

/// FLOPs of launches, by the counters, in one phase and number format.
struct reused_part {
  flopwatch::phase phase = flopwatch::phase::forward;
  flopwatch::precision precision = flopwatch::precision::unknown;  ///< of the instructions
  std::int64_t multiply_add_flops = 0;  ///< of launches inside operator calls of the multiply-add class
  std::int64_t other_flops = 0;         ///< inside other operator calls
  std::int64_t outside_flops = 0;       ///< outside of all operator calls; of CUDA graphs, too
  friend bool operator==(reused_part const&, reused_part const&) = default;
};

/// What the launches between two readings did in replay mode `reuse`: of each key, its launches times what
/// its checks say by now.
struct reused_work {
  std::string refusal = {};   ///< why nothing is measured, and all launches are `not_learned`; "" where it is
  std::int64_t launches = 0;  ///< on the session's device
  /// Of these, in no part: keys that some group of metrics has no check of yet.
  std::int64_t not_learned_launches = 0;
  /// Of these, in no part: kernels that are never measured, because they wait for others, or came after
  /// `reuse_options::most_keys` others.
  std::int64_t never_measured_launches = 0;
  std::int64_t variable_launches = 0;   ///< of keys whose checks differ: a mean stands for them
  std::int64_t elsewhere_launches = 0;  ///< on other devices, besides `launches`
  bool tensor_metrics = false;          ///< false: the parts lack what tensor cores did
  std::vector<reused_part> parts = {};  ///< in order of phase and format; none of them is all 0
  /// How far the sum of the parts can be off (95 %) because checks of equal launches differ; infinite where
  /// one check tells nothing of that.
  double bound_flops = 0;
  std::int64_t measuring_ns = 0;  ///< that measuring took
  bool overflow = false;          ///< a part did not fit 64 bits, and is the largest number that does

  [[nodiscard]] bool whole() const noexcept {
    return refusal.empty() && not_learned_launches == 0 && never_measured_launches == 0 &&
           elsewhere_launches == 0 && tensor_metrics && !overflow;
  }
};

/// Where a reading ended, and the next one begins: a new one is the beginning of the recording. Of one
/// recording alone.
struct reuse_mark {
  static constexpr std::size_t places = 12;                     ///< four phases of three classes of calls
  std::vector<std::array<std::int64_t, places>> launches = {};  ///< of each key
  std::int64_t elsewhere = 0;
  std::int64_t measuring_ns = 0;
};

/// Equal operator calls between two readings.
struct read_operator {
  std::string name;  ///< with overload: "aten::mm"
  flopwatch::phase phase = flopwatch::phase::forward;
  operator_status status = operator_status::counted;
  flopwatch::precision precision = flopwatch::precision::unknown;
  std::int64_t calls = 0;
  work total;
};

/// What a running session has recorded of operators between two readings.
struct operators_reading {
  std::vector<read_operator> operators;
  /// Sentences of data losses of severity error since the recording began: no reading after them is exact.
  std::vector<std::string> errors;
};

}  // namespace flopwatch
