// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "flopwatch/report.hpp"

namespace flopwatch::report {

/// The exact total of each column in one line: "Totals: formula 1,024 MACs · ...".
[[nodiscard]] std::string totals_text(analysis const& a);

}  // namespace flopwatch::report
