// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/ncu_nvtx.hpp"

#include <algorithm>
#include <charconv>

namespace flopwatch::importing {
namespace {

constexpr int fields_after_name = 6;

/// "domain:name:PL_Type:PL_Value:CLR_Type:Color:Msg_Type:Msg". Shortened forms end in fewer fields, all
/// "none".
bool split_range(std::string_view text, open_range& out) {
  auto const colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  out.domain = text.substr(0, colon);
  auto rest = text.substr(colon + 1);
  bool const whole = std::count(rest.begin(), rest.end(), ':') >= fields_after_name;
  for (int i = 0; i < fields_after_name; ++i) {
    auto const last = rest.rfind(':');
    if (last == std::string_view::npos) break;
    // Half of a "::" in a name is not the end of it; with all fields there, an empty one is.
    bool const pair = last > 0 && rest[last - 1] == ':';
    if (pair && !whole) break;
    rest = rest.substr(0, last);
  }
  out.name = rest;
  return true;
}

}  // namespace

bool parse_ranges(std::string_view cell, open_ranges& out) {
  out = {};
  auto const skip_spaces = [&] {
    while (!cell.empty() && (cell.front() == ' ' || cell.front() == '\n')) cell.remove_prefix(1);
  };
  skip_spaces();
  auto const [end, failed] = std::from_chars(cell.data(), cell.data() + cell.size(), out.thread);
  if (failed != std::errc()) return false;
  cell.remove_prefix(static_cast<std::size_t>(end - cell.data()));
  for (skip_spaces(); !cell.empty(); skip_spaces()) {
    open_range range;
    if (cell.front() == '"') {
      // A name can have quotes: after the one that ends the range comes the next range, or nothing.
      auto close = cell.find('"', 1);
      auto const ends_range = [&](std::size_t at) {
        auto const next = cell.find_first_not_of(" \n", at + 1);
        return next == std::string_view::npos || (next > at + 1 && cell[next] == '"');
      };
      while (close != std::string_view::npos && !ends_range(close)) close = cell.find('"', close + 1);
      if (close == std::string_view::npos || !split_range(cell.substr(1, close - 1), range)) return false;
      cell.remove_prefix(close + 1);
    } else {
      if (!split_range(cell, range)) return false;
      cell = {};
    }
    out.ranges.push_back(std::move(range));
  }
  return true;
}

}  // namespace flopwatch::importing
