// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/report.hpp"

/// \file
/// What text and JSON must say alike about an analysis.

namespace flopwatch::report {

/// An entry of the capture's info; "" when it is not there.
[[nodiscard]] std::string_view info(capture_data const& c, char const* key);

/// False with a data loss of severity error: no total is exact then.
[[nodiscard]] bool is_exact(analysis const& a) noexcept;

/// How a row is named where there is no tree around it: its path, "(root)", "(outside modules)", or
/// "(everything)" where no module was watched.
[[nodiscard]] std::string row_name(module_row const& row);

/// Launches of multiply-add operators against the operator column; nullopt where one is missing or 0.
[[nodiscard]] std::optional<double> measured_ratio(row_comparison const& r);

/// Why a row has no calls: it was really never called, or its calls cannot be seen.
/// `not_called_fused`: it was not called because the module around it did its work in operators of its own.
enum class silence : unsigned char { none, not_called, not_called_fused, not_seen };
/// For each row; a grouping module that is never called itself is not silent when something below it was.
[[nodiscard]] std::vector<silence> silences(analysis const& a);

}  // namespace flopwatch::report
