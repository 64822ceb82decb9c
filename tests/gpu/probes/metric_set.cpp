// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/metric_set.hpp"

#include <utility>

#include "cupti/host.hpp"

namespace gpu_probes {

namespace cupti = flopwatch::cupti;

metric_set metrics_of(gpu const& device, std::vector<std::string> names) {
  cupti::host host(device.chip());
  host.add_metrics(names);
  metric_set out{std::move(names), host.config_image(), 1};
  out.passes = cupti::passes_of(out.config);
  return out;
}

metric_set two_passes(gpu const& device, std::string const& metric) {
  return metrics_of(device, {metric, "sm__inst_executed.sum"});
}

}  // namespace gpu_probes
