// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "reduction/reduction.hpp"

namespace flopwatch::test {

/// A line's values as text: numbers in decimal, booleans as 0 and 1; nullopt is NULL.
using line = std::map<std::string, std::optional<std::string>>;

inline std::string decimal(wide_integer v) {
  if (v < 0) return "-" + decimal(-v);
  std::string out;
  do {
    out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(v % 10)));
    v /= 10;
  } while (v != 0);
  return out;
}

template <class T>
T value_at(reduction::column const& c, std::size_t i) {
  T v{};
  std::memcpy(&v, c.data.data() + i * sizeof v, sizeof v);
  return v;
}

inline std::string text_at(reduction::column const& c, std::size_t i) {
  switch (c.kind) {
    case reduction::column_kind::text:
      return c.words.at(static_cast<std::size_t>(value_at<std::int32_t>(c, i)));
    case reduction::column_kind::integer:
      return std::to_string(value_at<std::int64_t>(c, i));
    case reduction::column_kind::wide:
      return decimal(value_at<wide_integer>(c, i));
    case reduction::column_kind::real:
      return std::to_string(value_at<double>(c, i));
    case reduction::column_kind::boolean:
      return (c.data[i / 8] >> (i % 8) & 1) != 0 ? "1" : "0";
  }
  return {};
}

/// The lines of one table, read from its columns as Apache Arrow reads them.
inline std::vector<line> lines_of(std::vector<reduction::table> const& tables, std::string const& name) {
  for (auto const& t : tables) {
    if (t.name() != name) continue;
    std::vector<line> out;
    for (auto const& c : t.columns()) {
      out.resize(static_cast<std::size_t>(c.length));
      for (std::size_t i = 0; i < out.size(); ++i) {
        bool const there = (c.valid[i / 8] >> (i % 8) & 1) != 0;
        out[i][c.name] = there ? std::optional(text_at(c, i)) : std::nullopt;
      }
    }
    return out;
  }
  throw std::out_of_range("there is no table " + name);
}

}  // namespace flopwatch::test
