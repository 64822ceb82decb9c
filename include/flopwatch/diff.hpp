// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/report.hpp"

/// \file
/// Two captures next to each other: what each module did in both, and what changed. Pure.

namespace flopwatch {

/// The figures that are compared, each with everything below its module.
enum class diff_figure : std::uint8_t {
  operator_macs,         ///< multiply-add class
  operator_other_flops,  ///< other arithmetic
  measured_flops,        ///< all launches
  formula_macs,
};

inline constexpr std::array all_diff_figures{diff_figure::operator_macs, diff_figure::operator_other_flops,
                                             diff_figure::measured_flops, diff_figure::formula_macs};

/// Stable name for JSON, with its unit: "operator_macs".
[[nodiscard]] std::string_view to_string(diff_figure f) noexcept;
/// For people: "operator MACs".
[[nodiscard]] std::string_view short_text(diff_figure f) noexcept;

/// A figure in both captures; nullopt: that capture does not have it, which is never 0.
struct diff_pair {
  std::optional<std::int64_t> a, b;
  /// b - a; nullopt where one is missing.
  [[nodiscard]] std::optional<std::int64_t> change() const;
};

/// A module by its path and type, or what ran outside all modules.
struct diff_row {
  std::string path;  ///< "" for the root
  std::string name;  ///< path, "(root)", "(outside modules)" or "(everything)"
  std::string type;
  bool whole = false;  ///< the first row, which includes all others
  bool in_a = false, in_b = false;
  std::int64_t calls_a = 0, calls_b = 0;
  std::array<diff_pair, all_diff_figures.size()> figures;  ///< 0 in a capture that lacks the module

  [[nodiscard]] diff_pair const& of(diff_figure f) const { return figures[static_cast<std::size_t>(f)]; }
  [[nodiscard]] bool changed() const;
};

/// One of the captures as the comparison names it.
struct diff_side {
  std::string name;  ///< path of its file
  std::string program, framework, device, gpu, driver, created_utc;
  bool exact = false;               ///< as `result::exact`
  bool lost_data = false;           ///< it has a data loss of severity error
  std::vector<std::string> losses;  ///< kinds of those
  std::int64_t processes = 0;       ///< of a merged capture; else 0
};

struct capture_diff {
  diff_side a, b;
  /// What makes the figures hard to compare: other devices, metrics, frameworks. One sentence each.
  std::vector<std::string> unlike;
  /// Largest change first: of FLOPs of the operators (2 for each MAC) or measured ones; then in the order of
  /// the tree.
  std::vector<diff_row> rows;
  [[nodiscard]] diff_row const& whole() const;  ///< of everything
};

[[nodiscard]] capture_diff diff(analysis const& a, std::string a_name, analysis const& b, std::string b_name);

/// How much a figure may rise. Of both given, either is enough.
struct increase_limit {
  std::optional<double> share;           ///< of the figure in A: 0.02
  std::optional<std::int64_t> absolute;  ///< in the unit of the figure: MACs or FLOPs
};

/// "2%", "0.5 %", or a whole number of MACs or FLOPs with a prefix perhaps: "1000000", "1M", "2.5G".
/// \throws usage_error
[[nodiscard]] increase_limit parse_increase_limit(std::string_view text);

struct increase {
  std::size_t row = 0;  ///< index into capture_diff::rows
  diff_figure figure = diff_figure::operator_macs;
};

/// What rose by more than the limit, in the order of the rows. A figure that A lacks cannot rise; a module
/// that it lacks rises from 0.
[[nodiscard]] std::vector<increase> increases_above(capture_diff const& d, increase_limit const& limit);

struct diff_options {
  int width = 0;  ///< as text_options
  bool colour = false;
  bool all = false;  ///< every row that changed, not only the largest
  std::optional<increase_limit> limit;
  std::string limit_text;  ///< as the user gave it
};

[[nodiscard]] std::string diff_text(capture_diff const& d, diff_options const& options = {});

/// Version of the JSON; its schema is docs/diff.schema.json.
inline constexpr int diff_schema_version = 1;
[[nodiscard]] std::string diff_json(capture_diff const& d, diff_options const& options = {});

/// 1 where something rose above the limit, else 5 where a capture has a data loss of severity error, else 0.
[[nodiscard]] exit_code diff_exit_code(capture_diff const& d, diff_options const& options);

}  // namespace flopwatch
