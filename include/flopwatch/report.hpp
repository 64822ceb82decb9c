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
};

/// The table of modules, exact totals, the explanations, uncounted operators, then data losses. Control
/// characters in names are escaped. Ends with a newline.
[[nodiscard]] std::string text_report(analysis const& a, text_options const& options = {});

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
