// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/cost/counted_set.hpp"

#include <cmath>
#include <stdexcept>

#include "capture/synthetic_image.hpp"
#include "cupti/chip_plan.hpp"
#include "cupti/host.hpp"

namespace gpu_cost {
namespace {

namespace cupti = flopwatch::cupti;

counted_set first_group(gpu_probes::gpu const& device, char const* name,
                        flopwatch::metric_request const& request) {
  auto const plan = cupti::make_plan(device.chip(), request);
  for (auto const& group : plan.groups) {
    if (group.passes != 1) continue;
    counted_set out{name, {group.names(), group.config_image, 1}, {}};
    for (auto const& metric : group.metrics) out.counts.push_back(metric.weight && !metric.indicator);
    return out;
  }
  throw std::runtime_error("the chip " + device.chip() + " has no metrics of the set \"" + name +
                           "\" that one pass collects");
}

}  // namespace

counted_set instrumented_set(gpu_probes::gpu const& device) {
  return first_group(device, "instrumented", {.set = flopwatch::metric_set::cuda_core});
}

counted_set hardware_set(gpu_probes::gpu const& device) {
  auto out = first_group(device, "hardware", {.set = flopwatch::metric_set::tensor, .types = {"bf16"}});
  out.of_tensor_cores = true;
  return out;
}

decoded read_ranges(gpu_probes::gpu const& device, gpu_probes::raw_profiler const& profiler,
                    counted_set const& set, timed_kernel const& kernel, std::int64_t launches) {
  decoded out{profiler.ranges(), 0, cupti::is_synthetic(profiler.image)};
  cupti::host const host(device.chip());
  auto const expected = static_cast<double>(launches * set.expected(kernel));
  for (std::size_t range = 0; range < out.ranges; ++range) {
    auto const values = host.evaluate(profiler.image, range, set.metrics.names);
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += set.counts[i] ? values[i] : 0;
    // A value can be NaN, which equals nothing.
    if (!(sum == expected)) ++out.wrong_counts;
  }
  return out;
}

}  // namespace gpu_cost
