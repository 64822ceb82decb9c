// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "flopwatch/attribution.hpp"
#include "flopwatch/capture.hpp"
#include "flopwatch/comparison.hpp"

/// \file
/// Reports: text for a terminal, JSON for programs. Pure: they depend on the capture alone.

namespace flopwatch {

/// A capture with its attribution and comparison.
struct analysis {
  capture_data capture;
  attribution tree;
  comparison differences;
};

/// Adds what attribution and comparison lost to the losses of its capture. \throws capture_error
[[nodiscard]] analysis analyse(capture_data capture);

/// The analysis of what ran in one phase alone. \throws capture_error
[[nodiscard]] analysis of_phase(analysis const& a, phase p);

enum class unit_choice : std::uint8_t {
  both,   ///< GMACs and GFLOPs side by side
  macs,   ///< MACs alone
  flops,  ///< FLOPs alone
};

/// By what rows are sorted: names from A to Z, figures from the largest.
enum class row_order : std::uint8_t {
  recorded,  ///< modules as they are registered, scopes by their first call; flat tables by their figures
  name,
  calls,      ///< or launches
  formula,    ///< MACs
  operators,  ///< MACs
  measured,   ///< FLOPs
  other,      ///< FLOPs of other arithmetic, operator column
};

/// Which rows are shown, and in which order.
struct row_choice {
  row_order order = row_order::recorded;  ///< of the rows below one row
  /// An ECMAScript regular expression: only rows whose path (in a flat table: name) it finds somewhere, and
  /// all rows above them. "": all.
  std::string filter = {};
  /// Only the N rows with the largest figure of their own, and all rows above them. The figure is that of
  /// `order`, by default of the operator column, or of the measured one where there are no operators. 0: all.
  int top = 0;
  /// Only rows with at least this part of the whole, with everything below them: 0.01 is 1 %. The figure is
  /// that of `top`. Outside 0 to 1: not defined.
  double least_share = 0;
};

/// What a flat table has a row for, over the whole capture.
enum class flat_by : std::uint8_t { kernel, operator_name, precision };

struct text_options {
  unit_choice units = unit_choice::both;
  /// No line is wider, in terminal columns; less than 60 means 60. 0: as wide as the content needs, at most
  /// 160. Columns of the table that do not fit are left out, and the report says which.
  int width = 0;
  bool colour = false;  ///< ANSI colours; pass true only for a terminal
  int depth = 0;        ///< levels of the tree; 0: all
  bool explain = true;  ///< the causes and remedies below the table
  bool header = true;   ///< baseline, device and date above the table
  /// Only what ran in this phase, as `of_phase` has it; nullopt: everything.
  std::optional<flopwatch::phase> phase = std::nullopt;
  row_choice rows = {};
  /// Numbered siblings with equal figures are one row, which has their sums, and rows in which nothing ran
  /// are counted instead of shown. false: a row for each module.
  bool fold = true;
};

/// The table of modules, exact totals, the explanations, uncounted operators, then data losses. Control
/// characters in names are escaped. Ends with a newline. \throws usage_error for a filter that is no regular
/// expression
[[nodiscard]] std::string text_report(analysis const& a, text_options const& options = {});

/// A flat table with the header and the data losses of the report. `depth` and `explain` have no meaning.
/// \throws usage_error, also for an order that these rows lack
[[nodiscard]] std::string flat_report(analysis const& a, flat_by by, text_options const& options = {});

/// CSV (RFC 4180) with one header: a row for each row of the tree, or of the flat table. Numbers are exact
/// integers with the unit in the column's name (a share is a part of 1); an empty field is not collected.
/// \throws usage_error as `flat_report`
[[nodiscard]] std::string csv_report(analysis const& a, std::optional<flat_by> flat = std::nullopt,
                                     row_choice const& choice = {});

/// A table as GitHub renders it, with its signs, totals and data losses below. `width`, `colour`, `explain`
/// and `header` have no meaning. \throws usage_error as `flat_report`
[[nodiscard]] std::string markdown_report(analysis const& a, std::optional<flat_by> flat = std::nullopt,
                                          text_options const& options = {});

/// The table of modules as HTML that can be part of any page (a notebook's, for instance), with its signs and
/// totals below. Names are escaped; there is no script. `width`, `colour`, `explain` and `header` have no
/// meaning. \throws usage_error as `flat_report`
[[nodiscard]] std::string html_table(analysis const& a, text_options const& options = {});

/// What a choice leaves out, as one sentence; "" if nothing. \throws usage_error as `flat_report`
[[nodiscard]] std::string left_out_text(analysis const& a, std::optional<flat_by> flat,
                                        row_choice const& choice);

/// Version of the JSON that `json_report` writes; its schema is docs/report.schema.json.
inline constexpr int report_schema_version = 1;

/// The whole analysis as JSON, indented by two spaces. Bytes of names that are not UTF-8 become U+FFFD.
/// Ends with a newline.
[[nodiscard]] std::string json_report(analysis const& a);

/// How a program that recorded it should end: `not_permitted` if this user had no permission to read the
/// counters, `data_loss` if it has a data loss of severity error, otherwise `good`. (A report of a capture
/// ends with `report_exit_code`: there a missing column is a note.)
[[nodiscard]] exit_code outcome_of(analysis const& a) noexcept;

/// 5 if the capture has a data loss of severity error, otherwise 0.
[[nodiscard]] int report_exit_code(analysis const& a) noexcept;

/// thop's `clever_format` for one number: strictly above 1e12 "T", 1e9 "G", 1e6 "M", 1e3 "K", otherwise "B";
/// `digits` after the point. 1509949440 with 3 digits gives "1.510G".
[[nodiscard]] std::string clever_format(double number, int digits = 2);

}  // namespace flopwatch
