// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gpu/probes/gpu.hpp"

namespace gpu_probes {

/// Metrics that are collected together.
struct metric_set {
  std::vector<std::string> names;  ///< with rollup
  std::vector<std::uint8_t> config;
  int passes = 1;
};

/// \throws flopwatch::error when the chip lacks one of them
[[nodiscard]] metric_set metrics_of(gpu const& device, std::vector<std::string> names);
/// The metric, which is counted by patched code, and one that hardware counts: they need two passes.
[[nodiscard]] metric_set two_passes(gpu const& device, std::string const& metric);

}  // namespace gpu_probes
