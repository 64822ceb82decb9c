// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
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
  /// \throws capture_error for an id below 1 or an id that occurs twice
  template <class Records>
  id_index(Records const& records, std::string noun, bool known_numbered = false)
      : noun_(std::move(noun)), size_(records.size()) {
    // Recorders number their records from 1, so the position follows from the id.
    std::size_t first_other = known_numbered ? size_ : 0;
    while (first_other < size_ && records[first_other].id == static_cast<std::int64_t>(first_other) + 1)
      ++first_other;
    numbered_ = first_other == size_;
    if (numbered_) return;
    at_.reserve(records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      auto const id = records[i].id;
      if (id < 1) damaged(noun_ + " has the id " + std::to_string(id));
      if (!at_.emplace(id, i).second) damaged(noun_ + " " + std::to_string(id) + " stands twice");
    }
  }

  /// \throws capture_error naming who asked: "a launch", or "scope 7" with a number
  [[nodiscard]] std::size_t at(std::int64_t id, std::string_view who, std::int64_t number = 0) const {
    if (numbered_) {
      if (id < 1 || static_cast<std::size_t>(id) > size_) missing(id, who, number);
      return static_cast<std::size_t>(id) - 1;
    }
    auto const found = at_.find(id);
    if (found == at_.end()) missing(id, who, number);
    return found->second;
  }

 private:
  [[noreturn]] void missing(std::int64_t id, std::string_view who, std::int64_t number) const {
    auto const asker = std::string(who) + (number == 0 ? "" : " " + std::to_string(number));
    damaged(asker + " refers to " + noun_ + " " + std::to_string(id) + ", which is not there");
  }

  std::string noun_;
  std::size_t size_;
  bool numbered_ = false;
  std::unordered_map<std::int64_t, std::size_t> at_;
};

/// Positions of records in order of their ids.
template <class Records>
std::vector<std::size_t> by_id(Records const& records) {
  std::vector<std::size_t> order(records.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto const before = [&](std::size_t a, std::size_t b) { return records[a].id < records[b].id; };
  if (!std::is_sorted(order.begin(), order.end(), before)) std::sort(order.begin(), order.end(), before);
  return order;
}

}  // namespace flopwatch::attribution_detail
