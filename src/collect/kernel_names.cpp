// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/kernel_names.hpp"

#include <algorithm>

namespace flopwatch::collect {

kernel_names::kernel_names(std::span<kernel_name const> known, std::vector<std::string> const& changes) {
  for (auto const& name : known) parts_.emplace_back(name.part);
  for (auto const& change : changes) {
    if (change.starts_with('-')) {
      std::erase(parts_, change.substr(1));
    } else {
      parts_.push_back(change);
    }
  }
}

bool kernel_names::has(std::string_view mangled) const noexcept {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](std::string const& part) { return mangled.find(part) != std::string_view::npos; });
}

std::string wrong_with(std::span<kernel_name const> known, std::vector<std::string> const& changes) {
  for (auto const& change : changes) {
    if (change.empty() || change == "-") return "an empty name, which is part of every kernel's";
    if (!change.starts_with('-')) continue;
    bool const listed = std::any_of(known.begin(), known.end(),
                                    [&](kernel_name const& name) { return change.substr(1) == name.part; });
    if (listed) continue;
    std::string all;
    for (auto const& name : known) all.append(all.empty() ? "" : ", ").append(name.part);
    return std::string("\"")
               .append(change)
               .append("\", which takes away what is not in the list (")
               .append(all) +
           ")";
  }
  return {};
}

}  // namespace flopwatch::collect
