// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gpu/cost/timed_kernel.hpp"
#include "gpu/probes/metric_set.hpp"
#include "gpu/probes/raw_profiler.hpp"

namespace gpu_cost {

/// Metrics of one pass, as a plan of flopwatch groups them.
struct counted_set {
  std::string name;  ///< "instrumented" or "hardware"
  gpu_probes::metric_set metrics;
  std::vector<bool> counts;  ///< which of them count arithmetic, and not only hint at it
  bool of_tensor_cores = false;

  /// What one launch adds to all that count.
  [[nodiscard]] std::int64_t expected(timed_kernel const& kernel) const {
    return of_tensor_cores ? kernel.tensor_operations : kernel.thread_instructions;
  }
};

/// Those of the CUDA cores, for which CUPTI instruments the kernels.
/// \throws flopwatch::error, std::runtime_error when the chip has no such metrics
[[nodiscard]] counted_set instrumented_set(gpu_probes::gpu const& device);
/// Those of the tensor cores on bf16, which hardware counts.
[[nodiscard]] counted_set hardware_set(gpu_probes::gpu const& device);

/// What was decoded.
struct decoded {
  std::size_t ranges = 0;
  std::size_t wrong_counts = 0;  ///< ranges that did not count `launches` launches of the kernel
  bool synthetic = false;        ///< made by a stand-in
};

/// \throws flopwatch::error
[[nodiscard]] decoded read_ranges(gpu_probes::gpu const& device, gpu_probes::raw_profiler const& profiler,
                                  counted_set const& set, timed_kernel const& kernel, std::int64_t launches);

}  // namespace gpu_cost
