// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "capture/process_reader.hpp"
#include "capture/writer.hpp"

namespace flopwatch::capture_detail {

/// The info of a merged capture: an entry that all processes have alike is its own; of others the values, or
/// what is true of the whole. It follows from the infos of the processes alone, so that merging in parts
/// gives the same.
class merged_info {
 public:
  void add(process_record const& who, std::map<std::string, std::string> const& info);
  void write(capture_writer& to) const;

  /// Processes without a column that others have. Empty where all have it, or none.
  [[nodiscard]] std::vector<process_record> not_measured() const { return some(measured_, not_measured_); }
  [[nodiscard]] std::vector<process_record> without_formula() const {
    return some(has_formula_, without_formula_);
  }

 private:
  struct values {
    std::int64_t processes = 0;
    std::vector<std::string> first;  ///< a few, different ones, in order of their processes
    std::set<std::string> all;       ///< at most `most_values`; further ones count as more
    bool more = false;
    std::string least, most;
  };
  static std::vector<process_record> some(std::int64_t with, std::vector<process_record> const& without) {
    return with == 0 ? std::vector<process_record>() : without;
  }

  std::map<std::string, values> entries_;
  std::int64_t measured_ = 0;
  std::int64_t has_formula_ = 0;
  std::vector<process_record> not_measured_, without_formula_;
};

}  // namespace flopwatch::capture_detail
