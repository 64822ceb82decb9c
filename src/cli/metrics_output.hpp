// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cupti/chip_plan.hpp"
#include "cupti/locate/candidates.hpp"

/// \file
/// What `flopwatch metrics` prints.

namespace flopwatch::cli {

/// A chip with the passes of each set, or the reason why CUPTI refuses it.
struct chip_line {
  std::string chip;
  int cuda_core = 0;
  int tensor = 0;
  int full = 0;
  std::string error;
};

/// \param request its types narrow the tensor counters; its set is ignored
[[nodiscard]] std::vector<chip_line> chips_of_cupti(metric_request const& request);

[[nodiscard]] std::string chips_text(cupti::loaded_library const& copy, std::vector<chip_line> const& chips,
                                     metric_request const& request);
[[nodiscard]] std::string list_text(cupti::loaded_library const& copy, std::string const& chip,
                                    std::vector<cupti::listed_metric> const& metrics);
[[nodiscard]] std::string plan_text(cupti::loaded_library const& copy, cupti::chip_plan const& plan,
                                    metric_request const& request);

/// Version of the JSON that the three below write; its schema is docs/metrics.schema.json.
inline constexpr int metrics_schema_version = 1;

[[nodiscard]] std::string chips_json(cupti::loaded_library const& copy, std::vector<chip_line> const& chips);
[[nodiscard]] std::string list_json(cupti::loaded_library const& copy, std::string const& chip,
                                    std::vector<cupti::listed_metric> const& metrics);
[[nodiscard]] std::string plan_json(cupti::loaded_library const& copy, cupti::chip_plan const& plan,
                                    metric_request const& request);

}  // namespace flopwatch::cli
