// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "capture/call_folding.hpp"
#include "capture/process_profile.hpp"
#include "capture/process_reader.hpp"

namespace flopwatch::capture_detail {

/// A merged capture while it is loaded: all of it, with what each process did, or one process alone. A
/// capture of one session has no processes, and loads as it is.
class merged_view {
 public:
  /// \param only process_record::id of the one to load; 0: all
  merged_view(read_source const& source, closed_mark const& mark, std::int64_t only);

  [[nodiscard]] bool is_merged() const noexcept { return !processes_.empty(); }
  [[nodiscard]] bool is_part() const noexcept { return only_ != npos; }
  /// Position of the process that has a row of a table; `npos` for none, and where the capture is not merged.
  [[nodiscard]] std::size_t process_of(std::string const& table, std::int64_t id);
  /// Whether the row is loaded.
  [[nodiscard]] bool wants(std::string const& table, std::int64_t id) {
    return !is_part() || process_of(table, id) == only_;
  }
  /// The operator call that stands for one that others made alike.
  [[nodiscard]] std::int64_t operator_call(std::int64_t id) const noexcept {
    return is_merged() ? calls_.id_of(id) : id;
  }

  /// A row that is read. Formula calls are numbered from 1.
  void add(operator_call_record r, capture_data& out);
  void add(std::int64_t number, formula_call_record const& r, capture_data& out);
  /// After the last one: the folded calls, and entries, info and losses of the one process.
  void finish_calls(capture_data& out);
  /// After everything else: what each process did, and how it differs.
  void finish(read_source const& source, capture_data& out);

  static constexpr std::size_t npos = process_finder::npos;

 private:
  void read_scopes(read_source const& source, closed_mark const& mark);
  void keep_scopes_of_part(capture_data& out) const;
  /// Audits of one metric group, of all processes, are one record.
  void fold_audits(capture_data& out) const;
  [[nodiscard]] process_profile profile_of(read_source const& source, std::size_t process) const;

  std::vector<stored_process> processes_;
  std::size_t only_ = npos;
  std::map<std::string, process_finder> finders_;
  call_folding calls_;
  std::vector<process_data> data_;                ///< parallel to the processes
  std::vector<process_digest> digests_;           ///< likewise
  std::map<std::int64_t, std::int64_t> entries_;  ///< of the one process, by scope
};

}  // namespace flopwatch::capture_detail
