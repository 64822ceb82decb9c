// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace flopwatch::text {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto before = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto const replaced = before + (a[i] == b[j] ? 0 : 1);
      before = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::optional<std::string> nearest(std::string_view name, std::span<std::string const> candidates) {
  std::string const* best = nullptr;
  std::size_t smallest = 0;
  for (auto const& candidate : candidates) {
    auto const distance = edit_distance(name, candidate);
    auto const most = std::max<std::size_t>(2, std::max(name.size(), candidate.size()) / 3);
    if (distance > most || (best != nullptr && distance >= smallest)) continue;
    best = &candidate;
    smallest = distance;
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

}  // namespace flopwatch::text
