// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/process_list.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include "text/printable.hpp"

namespace flopwatch {
namespace {

constexpr std::size_t most_parts = 8;

std::string listed(char const* one, char const* several, std::size_t members,
                   std::vector<std::string> parts) {
  std::string out = members == 1 ? one : several;
  auto const shown = std::min(parts.size(), most_parts);
  for (std::size_t i = 0; i < shown; ++i) out += (i == 0 ? " " : ", ") + parts[i];
  if (parts.size() > shown) out += fmt::format(" and {} more", parts.size() - shown);
  return out;
}

std::string ranks(std::vector<std::int64_t> all) {
  std::sort(all.begin(), all.end());
  auto const members = all.size();
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < all.size();) {
    auto end = i + 1;
    while (end < all.size() && all[end] == all[end - 1] + 1) ++end;
    if (end - i > 2) {
      parts.push_back(fmt::format("{}-{}", all[i], all[end - 1]));
    } else {
      for (auto k = i; k < end; ++k) parts.push_back(std::to_string(all[k]));
    }
    i = end;
  }
  return listed("rank", "ranks", members, std::move(parts));
}

}  // namespace

std::string process_list(std::span<process_record const> processes) {
  std::vector<std::int64_t> numbers;
  std::vector<std::string> others;
  bool named_by_file = false;
  for (auto const& p : processes) {
    if (p.rank >= 0) {
      numbers.push_back(p.rank);
    } else if (p.pid > 0) {
      others.push_back(fmt::format("{} on {}", p.pid, text::printable(p.host)));
    } else {
      named_by_file = true;
      others.push_back(text::printable(p.file));
    }
  }
  std::string out = numbers.empty() ? std::string() : ranks(std::move(numbers));
  if (others.empty()) return out;
  if (!out.empty()) out += ", ";
  auto const members = others.size();
  return out + listed(named_by_file ? "file" : "process", named_by_file ? "files" : "processes", members,
                      std::move(others));
}

}  // namespace flopwatch
