// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/capture_records.hpp"
#include "flopwatch/error.hpp"

/// \file
/// Importing: a capture from a file that another profiler wrote. docs/import.md says what is read of each.

namespace flopwatch {

enum class import_format : std::uint8_t {
  ncu,     ///< CSV of Nsight Compute, long or wide (`--page raw`)
  kineto,  ///< JSON trace of torch.profiler, or any Chrome trace with its events
  nsys,    ///< SQLite export of Nsight Systems
};

[[nodiscard]] std::string_view to_string(import_format v) noexcept;
[[nodiscard]] std::optional<import_format> parse_import_format(std::string_view text) noexcept;

struct import_options {
  /// One profile, or several of one program: their launches follow each other in one capture. Each can be
  /// packed by gzip, zstd, or zip with one file inside.
  std::vector<std::filesystem::path> files;
  /// Where the capture is written. Empty: beside the first file, with its name and the ending `.flops`.
  std::filesystem::path capture;
  bool overwrite = true;                ///< false: refuses a capture that is there
  std::optional<import_format> format;  ///< nullopt: by what is in each file
  std::string chip;                     ///< what CUPTI calls the GPU's chip, "GH100"; empty: not known
  /// A capture of the same model, recorded without a GPU: its operator and formula columns are taken over.
  /// Scopes are joined by path, else by type and order below joined parents. Empty: none.
  std::filesystem::path operators;
};

/// What was read.
struct import_summary {
  std::filesystem::path capture;
  std::vector<import_format> formats;  ///< of each file
  std::int64_t launches = 0;
  std::int64_t measured_launches = 0;  ///< with a counter of FLOPs
  std::int64_t scopes = 0;
  std::int64_t operator_calls = 0;
  std::vector<std::string> flop_counters;  ///< names of the metrics with a value
  std::vector<data_loss_record> losses;    ///< also in the capture
};

/// Reads profiles and writes a capture. Memory grows with the events that are used, not with the size of the
/// files; a file that was cut off, or made to harm, gives a capture of what could be read, or an exception.
/// Any thread. \throws usage_error for a file that cannot be read, is no profile of a known kind, or is given
/// twice; capture_error as
///         capture_writer and capture_reader do
[[nodiscard]] import_summary import_profile(import_options const& options);

}  // namespace flopwatch
