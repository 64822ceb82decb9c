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
/// What text and JSON say alike about an analysis.

namespace flopwatch::report {

/// An entry of the capture's info; "" if it is missing.
[[nodiscard]] std::string_view info(capture_data const& c, char const* key);

/// There is a data loss of severity error: then no total is exact.
[[nodiscard]] bool lost_data(analysis const& a) noexcept;
/// Every operator was counted in full, and no product was estimated.
[[nodiscard]] bool operator_column_is_whole(analysis const& a) noexcept;
/// No launch was counted that may have used the tensor cores unseen. Launches that were not counted at all
/// are marked where they stand.
[[nodiscard]] bool measured_column_is_whole(analysis const& a) noexcept;
/// False if something that ran was not looked into: data was lost, or one of these columns is not whole.
[[nodiscard]] bool is_exact(analysis const& a) noexcept;
/// Why it is not exact, a sentence for each reason, those of the operator column alone last; empty if it is.
[[nodiscard]] std::vector<std::string> why_not_exact(analysis const& a);

/// The name of a row outside a tree: its path, "(root)", "(outside modules)", or
/// "(everything)" if no module was watched.
[[nodiscard]] std::string row_name(module_row const& row);

/// `row_name` in a sentence: "module 2" where it is a number and would read as one.
[[nodiscard]] std::string place_name(module_row const& row);

/// The same for a table of scopes without a framework: "(outside every scope)".
[[nodiscard]] std::string scope_name(analysis const& a, module_row const& row);
/// The column measured shows all FLOPs together: which class of arithmetic a launch worked for is not known.
[[nodiscard]] bool measured_together(analysis const& a) noexcept;

/// What was read from counters, also where some launches were not measured; nullopt: nothing, or without the
/// work of the tensor cores.
[[nodiscard]] std::optional<std::int64_t> read_flops(measured_work const& m);

/// Launches of multiply-add operators divided by the operator column; nullopt if one is missing or 0.
[[nodiscard]] std::optional<double> measured_ratio(row_comparison const& r);

/// Why a row has no calls: it was never called, or its calls cannot be seen.
/// `not_called_fused`: it was not called because the module around it did its work in its own operators.
enum class silence : unsigned char { none, not_called, not_called_fused, not_seen };
/// Stable name for JSON and CSV: "called", "not_called".
[[nodiscard]] std::string_view to_string(silence s) noexcept;
/// For each row. A grouping module that is never called itself is not silent if something below it was
/// called.
[[nodiscard]] std::vector<silence> silences(analysis const& a);

}  // namespace flopwatch::report
