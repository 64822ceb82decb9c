// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "flopwatch/plan.hpp"

/// \file
/// Which metrics of a chip a request means, by the patterns of their names.

namespace flopwatch::metrics {

struct choice {
  std::vector<std::string> wanted;      ///< with rollup, each once; no metric is part of another
  std::vector<std::string> indicators;  ///< optional: collected if they need no extra pass
  std::vector<std::string> notes;
  std::vector<std::string> lacking;  ///< metric_plan::lacking
};

/// \throws as plan_metrics
[[nodiscard]] choice choose(chip_questions const& chip, metric_request const& request);

/// The metrics of the chip that add up to a tensor-core metric, by their names: one list by instruction, one
/// by destination format, one by sparsity. Each list covers the metric completely.
[[nodiscard]] std::vector<std::vector<std::string>> parts_of(std::string const& metric,
                                                             chip_questions const& chip);

}  // namespace flopwatch::metrics
