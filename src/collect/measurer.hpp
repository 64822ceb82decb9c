// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "flopwatch/capture.hpp"
#include "flopwatch/replay.hpp"
#include "recording/write_recording.hpp"

namespace flopwatch::collect {

/// What a session wants measured.
struct measure_request {
  int device = 0;       ///< CUDA's ordinal among the visible devices
  std::string metrics;  ///< "cuda-core", "tensor", "full", or metric names with commas; "" for the default
  std::vector<std::string> types;  ///< number formats that the tensor metrics are narrowed to; empty: all
  replay_mode mode = replay_mode::automatic;
  bool owns_function = false;  ///< what is measured can be run again
  std::size_t max_ranges = 64;
  raw_choice raw = raw_choice::sample;
  int scope_depth = 0;  ///< above 0: launches are counted together, by scope down to that depth
};

/// Measures one stretch of the program, in one run of it or several. One thread.
class measurer {
 public:
  virtual ~measurer() = default;
  /// Trouble with the counters becomes a data loss; launches are listed all the same.
  /// \throws cupti_error when not even launches can be seen
  virtual void begin_run() = 0;
  /// \returns true when it is all in; else the same must run again, after another `begin_run`
  virtual bool end_run() noexcept = 0;
  /// After the last run. \throws capture_error
  virtual void write(detail::written_ids const& ids, capture_writer& writer,
                     std::map<std::string, std::string>& info) = 0;
};

/// Opens CUPTI and makes the plan.
/// \throws usage_error when the metrics need more passes than the mode has, naming the modes that fit
/// \throws cupti_error when there is no CUPTI that can be used, or it does not know the GPU
[[nodiscard]] std::unique_ptr<measurer> make_measurer(measure_request const& request);

}  // namespace flopwatch::collect
