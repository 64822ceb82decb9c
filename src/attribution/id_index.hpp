// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

#include "flopwatch/error.hpp"

namespace flopwatch::attribution_detail {

[[noreturn]] inline void damaged(std::string const& what) {
  throw capture_error("The capture is damaged: " + what + "; record it again.");
}

/// Positions of records by their id.
class id_index {
 public:
  /// \throws capture_error for an id below 1 or one that stands twice
  template <class Records>
  id_index(Records const& records, std::string noun) : noun_(std::move(noun)) {
    at_.reserve(records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      auto const id = records[i].id;
      if (id < 1) damaged(noun_ + " has the id " + std::to_string(id));
      if (!at_.emplace(id, i).second) damaged(noun_ + " " + std::to_string(id) + " stands twice");
    }
  }

  /// \throws capture_error naming who asked
  [[nodiscard]] std::size_t at(std::int64_t id, std::string const& who) const {
    auto const found = at_.find(id);
    if (found == at_.end()) {
      damaged(who + " refers to " + noun_ + " " + std::to_string(id) + ", which is not there");
    }
    return found->second;
  }

 private:
  std::string noun_;
  std::unordered_map<std::int64_t, std::size_t> at_;
};

/// Positions of records in order of their ids.
template <class Records>
std::vector<std::size_t> by_id(Records const& records) {
  std::vector<std::size_t> order(records.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return records[a].id < records[b].id; });
  return order;
}

}  // namespace flopwatch::attribution_detail
