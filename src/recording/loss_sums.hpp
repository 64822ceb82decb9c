// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/diagnostics.hpp"

namespace flopwatch::detail {

/// The losses of all threads: those of one kind become one record that names the first few details.
class loss_sums {
 public:
  void add(loss_kind const& kind, std::int64_t count, std::string const& detail);
  /// By name of the kind.
  [[nodiscard]] std::vector<data_loss_record> records() const;

 private:
  static constexpr int most_details = 3;

  struct sum {
    loss_kind const* kind = nullptr;
    std::int64_t count = 0;
    int details = 0;
    std::string detail;
  };
  std::map<std::string_view, sum> sums_;
};

}  // namespace flopwatch::detail
