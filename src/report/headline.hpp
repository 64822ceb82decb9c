// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "flopwatch/executed.hpp"
#include "flopwatch/report.hpp"

/// \file
/// What text and HTML say above their tables.

namespace flopwatch::report {

/// How much ran, and how much of it was useful. "" if nothing was counted.
/// \param exact is_exact of the analysis
[[nodiscard]] std::string executed_sentence(executed_work const& whole, bool exact);
/// Program, date, device, and where each column comes from: a label and a text each.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> header_lines(analysis const& a);

}  // namespace flopwatch::report
