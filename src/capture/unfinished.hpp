// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "capture/sqlite.hpp"
#include "capture/table_writer.hpp"
#include "flopwatch/capture_records.hpp"

namespace flopwatch {

/// Rows of a recording that still runs, for those who read the file after a crash. A row takes the place of
/// an earlier one with its id; a scope's formula call and a kind of loss have one row.
struct unfinished_rows {
  std::vector<module_record> modules;
  std::vector<module_path_record> module_paths;
  std::vector<scope_record> scopes;
  std::vector<operator_call_record> operator_calls;
  std::vector<formula_call_record> formula_calls;
  std::vector<data_loss_record> losses;
};

namespace capture_detail {

/// The statements that put such rows. Their sums are nobody's: the rows go before the capture is closed.
class unfinished_tables {
 public:
  explicit unfinished_tables(sqlite3* db);
  /// Inside a transaction. \throws sqlite_failure
  void put(unfinished_rows const& rows);
  /// Inside a transaction. \throws sqlite_failure
  static void drop_all(sqlite3* db);

 private:
  table_writer modules_, module_paths_, scopes_, operators_, operator_calls_, formula_calls_, losses_;
  std::unordered_map<std::string, std::int64_t> operator_ids_;
  std::unordered_map<std::string, std::int64_t> loss_ids_;
};

}  // namespace capture_detail
}  // namespace flopwatch
