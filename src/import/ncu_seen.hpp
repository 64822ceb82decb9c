// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "import/ncu_nvtx.hpp"

namespace flopwatch::importing {

/// What was seen in the files of Nsight Compute so far: they can be parts of one recording, or pages of it
/// that have the same launches.
class ncu_seen {
 public:
  /// A file begins, or another header in it.
  void next_part();
  /// \return false for a launch that an earlier part has
  [[nodiscard]] bool add(std::string_view host, std::string_view process, double id, std::string_view kernel);

  std::string process;  ///< of the last launch with ranges
  open_ranges ranges;   ///< around the last launch

 private:
  using launch = std::tuple<std::uint32_t, std::uint32_t, double>;  ///< process, kernel, ID
  std::uint32_t number_of(std::string text);

  std::map<std::string, std::uint32_t> numbers_;
  std::set<launch> earlier_;
  std::vector<launch> of_part_;
};

}  // namespace flopwatch::importing
