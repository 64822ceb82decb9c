// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "flopwatch/capture_records.hpp"

/// \file
/// Records of a merged capture that readers see by process (`process_data`), not as they are stored.

namespace flopwatch::capture_detail {

/// The rows of a table that are of one process: ids, or row numbers, from `first` on.
struct process_rows_record {
  std::int64_t process = 0;
  std::string table;
  std::int64_t first = 0;
  std::int64_t rows = 0;  ///< ids; some of them can be missing
};

/// How often a process entered a scope.
struct process_scope_record {
  std::int64_t process = 0;
  std::int64_t scope = 0;
  std::int64_t entries = 0;
};

/// An entry of the info of a process.
struct process_info_record {
  std::int64_t process = 0;
  std::string key;
  std::string value;
};

/// A data loss of a process.
struct process_loss_record {
  std::int64_t process = 0;
  data_loss_record loss;
};

}  // namespace flopwatch::capture_detail
