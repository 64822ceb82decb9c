// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "reduction/places.hpp"

#include <map>
#include <utility>

namespace flopwatch::reduction {

std::vector<std::string> places_of(std::vector<module_row> const& rows) {
  std::vector<std::string> out;
  std::map<std::pair<std::size_t, std::string>, int> seen;
  for (auto const& row : rows) {
    if (row.parent == module_row::npos) {
      out.emplace_back();
      continue;
    }
    std::string place = out[row.parent].empty() ? "" : out[row.parent] + '/';
    for (char const c : row.label) {
      if (c == '/' || c == '#' || c == '\\') place += '\\';
      place += c;
    }
    if (auto const number = ++seen[{row.parent, row.label}]; number > 1)
      place += '#' + std::to_string(number);
    out.push_back(std::move(place));
  }
  return out;
}

}  // namespace flopwatch::reduction
