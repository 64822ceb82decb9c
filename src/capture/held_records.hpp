// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "flopwatch/capture.hpp"

namespace flopwatch::capture_detail {

/// The records of a capture in memory, as long as nothing needs a database for them, whose making takes
/// milliseconds. Takes only what the tables take for certain, ids counted up from 1 among it;
/// of all else the database has to say itself what is wrong.
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
  /// What belongs to launches is never held: there can be millions.
  template <class R>
  [[nodiscard]] bool take(R const& /*r*/) {
    return false;
  }

  /// As the tables would give it back.
  [[nodiscard]] capture_data const& data() const noexcept { return data_; }

 private:
  capture_data data_;
};

}  // namespace flopwatch::capture_detail
