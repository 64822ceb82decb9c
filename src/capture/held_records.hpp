// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "flopwatch/capture_records.hpp"

namespace flopwatch::capture_detail {

/// The records of a capture in memory, as long as none of them needs a database: to make one takes
/// milliseconds. Takes only records that the tables certainly accept (with ids that count up from 1); any
/// other goes to the database, which says what is wrong with it.
class held_records {
 public:
  void set_info(std::string_view key, std::string_view value);
  /// False: not held.
  [[nodiscard]] bool take(module_record const& r);
  [[nodiscard]] bool take(module_path_record const& r);
  [[nodiscard]] bool take(scope_record const& r);
  [[nodiscard]] bool take(operator_call_record const& r);
  [[nodiscard]] bool take(formula_call_record const& r);
  [[nodiscard]] bool take(data_loss_record const& r);
  /// Launches and what belongs to them are never held: there can be millions.
  template <class R>
  [[nodiscard]] bool take(R const& /*r*/) {
    return false;
  }

  /// As `load` would read it from the tables.
  [[nodiscard]] capture_data const& data() const noexcept { return data_; }

 private:
  capture_data data_;
};

}  // namespace flopwatch::capture_detail
