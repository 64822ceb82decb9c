// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "flopwatch/capture_records.hpp"

/// \file
/// Many captures into one: of the ranks of a job, say.

namespace flopwatch {

struct merge_summary {
  std::vector<process_record> processes;  ///< in the order of the files
  std::vector<data_loss_record> losses;   ///< of the merged capture
};

/// Writes one capture to `to` that has all that is in `captures` (`.flops` files, merged ones too): reports
/// read it as any other, and show each process. Time is in proportion to the size of the files. Memory holds
/// the names of scopes, modules, kernels and processes, and of one capture at a time the numbers of its
/// contexts; no rows.
///
/// Scopes of the same path, type, call and phase are one scope with the entries of all; so are modules and
/// kernels, and plans of the same metrics, chip and configuration. An unfinished recording is merged with its
/// data loss. Nothing is at `to` until the whole is written.
///
/// \param overwrite a capture at `to` is replaced, otherwise refused
/// \throws capture_error for no captures, for a malformed or damaged file, for a recording that is
/// given twice,
///         and where `to` is one of `captures` or cannot be written
merge_summary merge(std::vector<std::filesystem::path> const& captures, std::filesystem::path const& to,
                    bool overwrite = true);

}  // namespace flopwatch
