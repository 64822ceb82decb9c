// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <cupti_sass_metrics.h>

#include "gpu/probes/gpu.hpp"
#include "gpu/probes/report.hpp"

namespace gpu_probes {

/// The SASS metrics API of the opened CUPTI.
class sass_api {
 public:
  explicit sass_api(flopwatch::cupti::api const& cupti);
  /// Every function is there.
  [[nodiscard]] bool complete() const noexcept;

  struct metric {
    std::string name;
    std::uint64_t id = 0;
  };
  /// Adds the codes of what was called.
  [[nodiscard]] std::vector<metric> metrics(std::string const& chip, json& codes) const;

  /// Counts one launch of the kernel, with the whole GPU as one instance. Ends at the first refusal, which is
  /// in the codes. \returns the sum over all instructions; -1 when there is none
  [[nodiscard]] std::int64_t count(gpu const& device, program const& kernel, metric const& what, bool lazily,
                                   json& codes) const;

 private:
  [[nodiscard]] std::int64_t flushed(CUcontext context, json& codes) const;

  decltype(&cuptiSassMetricsGetNumOfMetrics) get_number_ = nullptr;
  decltype(&cuptiSassMetricsGetMetrics) get_metrics_ = nullptr;
  decltype(&cuptiSassMetricsSetConfig) set_config_ = nullptr;
  decltype(&cuptiSassMetricsUnsetConfig) unset_config_ = nullptr;
  decltype(&cuptiSassMetricsEnable) enable_ = nullptr;
  decltype(&cuptiSassMetricsDisable) disable_ = nullptr;
  decltype(&cuptiSassMetricsGetDataProperties) get_properties_ = nullptr;
  decltype(&cuptiSassMetricsFlushData) flush_ = nullptr;
};

}  // namespace gpu_probes
