// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "capture/mark.hpp"
#include "capture/process_records.hpp"

/// \file
/// The processes of a merged capture, and which rows are of which.

namespace flopwatch::capture_detail {

/// Ids from the first up to the last.
struct id_range {
  std::int64_t first = 1;
  std::int64_t last = 0;
  [[nodiscard]] bool has(std::int64_t id) const noexcept { return id >= first && id <= last; }
};

/// A process as it is stored.
struct stored_process {
  process_record record;
  std::map<std::string, std::string> info;
  std::vector<data_loss_record> losses;
  std::map<std::string, id_range> rows;  ///< by table; one that is missing has none of it

  [[nodiscard]] id_range rows_of(std::string const& table) const {
    auto const it = rows.find(table);
    return it == rows.end() ? id_range() : it->second;
  }
};

/// False for a capture that is older than these tables. \throws damage when it had them and lost one
[[nodiscard]] bool has_process_tables(read_source const& source, closed_mark const& mark);

/// Empty for a capture of one session. \throws damage
[[nodiscard]] std::vector<stored_process> read_processes(read_source const& source, closed_mark const& mark);

/// Finds the process of a row, fastest for ids that rise.
class process_finder {
 public:
  process_finder(std::vector<stored_process> const& processes, std::string const& table);
  /// Position of the process; `npos` for a row of none.
  [[nodiscard]] std::size_t of(std::int64_t id) noexcept;

  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

 private:
  std::vector<std::pair<id_range, std::size_t>> ranges_;  ///< by first id
  std::size_t at_ = 0;
};

}  // namespace flopwatch::capture_detail
