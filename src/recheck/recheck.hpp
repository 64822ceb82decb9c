// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "capture/synthetic_image.hpp"
#include "flopwatch/capture.hpp"
#include "recheck/sum_result.hpp"

/// \file
/// Evaluates the raw images of a capture again and compares the results with its values. The evaluation is a
/// parameter, so that CUPTI's headers are not needed here.

namespace flopwatch::recheck {

inline constexpr std::size_t padding_bytes = 65'536;

/// Values of an image, range by range, one for each metric; NaN if the device has no such counter. Behind the
/// image are `padding_bytes` zeros: CUPTI reads beyond an image that is too short. \throws error if the image
/// cannot be evaluated
using evaluate_raw = std::function<std::vector<double>(
    raw_chunk_record const& chunk, counter_group_record const& group, std::span<std::uint8_t const> image,
    std::span<std::string const> metrics)>;

struct value_difference {
  std::int64_t chunk = 0, context = 0;
  std::int64_t order = 0;  ///< of a check: the number of the launch in its key, 0 for a whole step
  std::string kernel;      ///< demangled
  std::string metric;
  std::optional<double> stored, evaluated;  ///< nullopt: not collected
  /// Of a check: its place in the chunk's image, and its key (0: a whole step).
  std::optional<std::int64_t> range = std::nullopt, key = std::nullopt;
};

/// Of a capture of replay mode `reuse`: checks are compared in the place of launches.
struct recheck_of_reuse {
  std::int64_t steps = 0;                  ///< of the compared checks: whole steps
  std::int64_t without_value = 0;          ///< checks that came to nothing: their ranges are not compared
  std::int64_t chunks_without_checks = 0;  ///< kept, but the capture lists no check of them
  reuse_sums sums;
};

struct recheck_result {
  static constexpr std::size_t listed = 20;

  bool synthetic = false;  ///< an image carries the mark of the test stand-in, or the capture says so
  bool by_scope = false;   ///< scope ranges are compared, not launches
  std::optional<recheck_of_reuse> reuse;  ///< checks are compared, and counted as launches are
  bool complete = true;                   ///< as capture_data::complete
  std::string gpu;                        ///< as the capture names it; can be empty
  std::set<std::string> chips;
  std::set<std::int64_t> counted_with;  ///< cuptiGetVersion of the recordings
  recheckable_share share;
  std::int64_t chunks = 0, kept = 0;
  std::int64_t lossy = 0;     ///< kept, but its launches have no values
  std::int64_t left_out = 0;  ///< kept, but its metric group is not in the plan
  std::int64_t compared = 0;  ///< kept, and compared
  std::int64_t launches = 0, equal_launches = 0;
  std::int64_t values = 0, equal_values = 0;
  std::int64_t missing_launches = 0;          ///< in an image, but not in the capture
  std::vector<std::string> wrong_chunks;      ///< sentences
  std::vector<value_difference> differences;  ///< the first `listed`

  /// If the writer was killed, the capture can lack launches: that is no difference.
  [[nodiscard]] bool equal() const noexcept {
    return values == equal_values && wrong_chunks.empty() && (missing_launches == 0 || !complete) &&
           (!reuse || reuse->sums.equal());
  }
};

/// \throws usage_error if the capture has nothing that can be compared
/// \throws capture_error for a damaged capture, and what `evaluate` throws
[[nodiscard]] recheck_result recheck(capture_reader const& reader, evaluate_raw const& evaluate);

/// The CUPTI that evaluated: "13.0 (130000)", and its path.
struct evaluator_name {
  std::string version, path;
};
[[nodiscard]] std::string recheck_text(recheck_result const& r, std::string const& file,
                                       evaluator_name const& by);

/// Version of the JSON that `recheck_json` writes; its schema is docs/recheck.schema.json.
inline constexpr int recheck_schema_version = 1;

[[nodiscard]] std::string recheck_json(recheck_result const& r, std::string const& file,
                                       evaluator_name const& by);

}  // namespace flopwatch::recheck
