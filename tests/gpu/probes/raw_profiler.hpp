// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cupti/api.hpp"
#include "gpu/probes/metric_set.hpp"

namespace gpu_probes {

/// The range profiler of a context, call by call: each answers CUPTI's code, so that anything can be called
/// at any time. What it hands to CUPTI stays where it is as long as it lives.
class raw_profiler {
 public:
  raw_profiler(gpu const& device, metric_set metrics);
  raw_profiler(raw_profiler const&) = delete;
  raw_profiler& operator=(raw_profiler const&) = delete;

  CUptiResult enable(CUcontext context);
  CUptiResult disable();
  /// \param nodes 0: as many as ranges
  CUptiResult size(std::size_t ranges, std::size_t nodes = 0);
  /// Asks for the image's size alone.
  CUptiResult counter_data_bytes(std::size_t ranges, std::size_t nodes, std::size_t& bytes);
  CUptiResult initialise();
  CUptiResult set_config();
  CUptiResult start();
  CUptiResult stop();
  CUptiResult push(char const* name);
  CUptiResult pop();
  CUptiResult decode();

  // Of what was decoded. \throws flopwatch::error
  [[nodiscard]] std::size_t ranges() const;
  [[nodiscard]] std::string range_name(std::size_t range) const;
  [[nodiscard]] std::vector<double> values(std::size_t range) const;

  CUpti_RangeProfiler_Object* object = nullptr;
  CUpti_RangeProfiler_SetConfig_Params modes;  ///< AutoRange and UserReplay; `set_config` adds the images
  std::vector<std::string> sized_for;          ///< names that `size` gives; else those of the metrics
  std::vector<std::uint8_t> image;
  bool all_passes_submitted = false;  ///< as Stop says
  std::size_t dropped = 0;            ///< as Decode says

 private:
  flopwatch::cupti::api const* cupti_;
  std::string chip_;
  metric_set metrics_;
};

}  // namespace gpu_probes
