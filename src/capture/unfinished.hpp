// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
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
  std::map<std::string, std::string> info;  ///< an empty value takes the key away
  std::vector<module_record> modules;
  std::vector<module_path_record> module_paths;
  std::vector<scope_record> scopes;
  std::vector<operator_call_record> operator_calls;
  std::vector<formula_call_record> formula_calls;
  std::vector<data_loss_record> losses;
  std::vector<metric_record> metrics;  ///< of plan 1: once, before its first launch
  std::vector<kernel_record> kernels;
  std::vector<launch_record> launches;  ///< of plan 1 with its counters, or of plan 0 without any
};

namespace capture_detail {

/// The statements that put such rows. Their sums are nobody's: the rows go before the capture is closed.
class unfinished_tables {
 public:
  explicit unfinished_tables(sqlite3* db);
  /// Inside a transaction. \throws sqlite_failure
  void put(unfinished_rows const& rows);
  /// Whether launches are among them.
  [[nodiscard]] bool has_launches() const noexcept { return has_launches_; }
  /// Inside a transaction, when none of these objects lives. \throws sqlite_failure
  static void drop_all(sqlite3* db);

 private:
  void add_plan(std::vector<metric_record> const& metrics);
  void put_info(std::map<std::string, std::string> const& info);
  void put_launch(launch_record const& r);

  sqlite3* db_;
  table_writer modules_, module_paths_, scopes_, operators_, operator_calls_, formula_calls_, losses_,
      kernels_, launches_;
  std::optional<table_writer> counters_;  ///< of plan 1
  bool has_launches_ = false;
  std::unordered_map<std::string, std::int64_t> operator_ids_;
  std::unordered_map<std::string, std::int64_t> loss_ids_;
};

}  // namespace capture_detail
}  // namespace flopwatch
