// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "flopwatch/plan.hpp"

/// \file
/// Which metrics a request means on a chip, by the patterns of their names alone.

namespace flopwatch::metrics {

struct choice {
  std::vector<std::string> wanted;      ///< with rollup, each once; no part of another among them
  std::vector<std::string> indicators;  ///< nice to have, where they cost no pass
  std::vector<std::string> notes;
  std::vector<std::string> lacking;  ///< metric_plan::lacking
};

/// \throws as plan_metrics
[[nodiscard]] choice choose(chip_questions const& chip, metric_request const& request);

/// The metrics of the chip whose sum a tensor-core metric is, by their names: those of each instruction, or
/// of each destination format. The most general ones come first. Each list covers the metric by itself.
[[nodiscard]] std::vector<std::vector<std::string>> parts_of(std::string const& metric,
                                                             chip_questions const& chip);

}  // namespace flopwatch::metrics
