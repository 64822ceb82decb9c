// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "flopwatch/replay.hpp"
#include "flopwatch/reuse.hpp"
#include "recording/recorder.hpp"

namespace flopwatch::collect {

/// What a session measures.
struct measure_request {
  int device = 0;       ///< CUDA's ordinal among the visible devices
  std::string metrics;  ///< "cuda-core", "tensor", "full", or metric names with commas; "" for the default
  std::vector<std::string> types;  ///< number formats that the tensor metrics are narrowed to; empty: all
  replay_mode mode = replay_mode::automatic;
  bool owns_function = false;  ///< what is measured can run again
  std::size_t max_ranges = 64;
  raw_choice raw = raw_choice::sample;
  int scope_depth = 0;          ///< above 0: launches are counted together, by scope down to that depth
  bool isolate_ranges = false;  ///< with `scope_depth`: waits for the GPU before a range ends
  std::vector<std::string> waiting_kernels = {};  ///< changes to the list of `waiting_kernels`
  chosen_launches launches = {};                  ///< which are measured; not in replay mode `reuse`
  reuse_options reuse = {};                       ///< of replay mode `reuse`
};

/// The recorder of a device's counters: opens CUPTI and makes the plan. Its errors become data losses;
/// launches are listed all the same. \throws usage_error when the metrics need more passes than the mode has,
/// naming the modes that fit \throws cupti_error when there is no CUPTI that can be used, or it does not know
/// the GPU
[[nodiscard]] std::unique_ptr<detail::recorder> make_measurer(measure_request const& request);

}  // namespace flopwatch::collect
