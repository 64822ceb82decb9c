// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "gpu/known_counts.hpp"

/// \file
/// Questions that only a GPU answers, each asked by a small program of its own. What CUPTI answers is a
/// finding, whatever it is.

namespace gpu_probes {

using json = nlohmann::ordered_json;

struct setting {
  known_counts::table table;
  std::filesystem::path cubins;  ///< folder of `<source>_<architecture>.cubin`
  int device = 0;
};

struct finding {
  std::string answer;           ///< one sentence
  json facts = json::object();  ///< raw numbers and codes; names end with their unit
};

struct probe {
  char const* name;
  char const* question;
  /// Called in a process that has used neither the driver nor CUPTI.
  /// \throws flopwatch::error, std::runtime_error when the question cannot be asked
  finding (*ask)(setting const&);
};

[[nodiscard]] std::span<probe const> all_probes();

}  // namespace gpu_probes
