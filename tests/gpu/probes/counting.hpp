// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "gpu/probes/raw_profiler.hpp"
#include "gpu/probes/report.hpp"

namespace gpu_probes {

struct count_mode {
  CUpti_ProfilerRange range = CUPTI_AutoRange;
  CUpti_ProfilerReplayMode replay = CUPTI_UserReplay;
  std::size_t max_ranges = 64;
  /// Enable is given NULL in place of the context.
  bool null_context = false;
};

/// What counting some work gave. It ends at the first call that is refused.
struct count_result {
  json codes = json::object();  ///< by call
  bool complete = false;        ///< every call succeeded
  int rounds = 0;               ///< of Start and Stop
  std::size_t dropped = 0;
  std::vector<std::string> names;           ///< of the ranges
  std::vector<std::vector<double>> values;  ///< of the metrics, by range

  /// One range for each launch, and the first metric has that value in all of them.
  [[nodiscard]] bool is(std::size_t ranges, std::int64_t value) const;
  /// Codes, rounds, ranges, and the first metric of each range.
  [[nodiscard]] json facts(std::int64_t expected) const;
};

/// Enable, SetConfig; Start, `work`, Stop until every pass is submitted; Decode, Disable. In UserRange mode
/// one range is around the work. `work` may be empty, and adds what it does to the codes. \throws
/// flopwatch::error when what was decoded cannot be read
[[nodiscard]] count_result count(gpu const& device, metric_set const& metrics, count_mode const& mode,
                                 std::function<void(json& codes)> const& work);

/// "whole" or "wrong" counts, or the call that was refused: a clause for an answer.
[[nodiscard]] std::string clause_of(count_result const& result, std::size_t ranges, std::int64_t expected);

}  // namespace gpu_probes
