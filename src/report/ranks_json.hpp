// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "flopwatch/report.hpp"

namespace flopwatch::report {

/// One object for each process of a merged capture; null for another one.
[[nodiscard]] nlohmann::ordered_json ranks_json(analysis const& a);

}  // namespace flopwatch::report
