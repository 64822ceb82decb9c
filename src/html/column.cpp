// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "html/column.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "text/printable.hpp"

namespace flopwatch::html {
namespace {

constexpr std::int64_t most_exact = (std::int64_t{1} << 53) - 1;

std::string cell_json(std::optional<std::int64_t> const& n) { return n ? number_json(*n) : "null"; }

}  // namespace

std::string number_json(std::int64_t n) {
  bool const exact = n <= most_exact && n >= -most_exact;
  return exact ? fmt::format("{}", n) : fmt::format("\"{}\"", n);
}

std::string text_json(std::string_view text) {
  auto const plain = nlohmann::json(text::printable(text)).dump(-1, ' ', true);
  std::string out;
  out.reserve(plain.size());
  for (char const c : plain) {
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else {
      out += c;
    }
  }
  return out;
}

std::string column::json() const {
  bool const equal =
      std::adjacent_find(values_.begin(), values_.end(), std::not_equal_to<>()) == values_.end();
  if (equal) return values_.empty() ? "null" : cell_json(values_.front());
  return list_json(values_.size(), [&](std::size_t i) { return cell_json(values_[i]); });
}

std::int64_t string_table::at(std::string_view text) {
  auto const [it, is_new] = index_.try_emplace(std::string(text), static_cast<std::int64_t>(all_.size()));
  if (is_new) all_.emplace_back(text);
  return it->second;
}

std::string string_table::json() const {
  return list_json(all_.size(), [&](std::size_t i) { return text_json(all_[i]); });
}

column& table::operator[](std::string_view name) {
  auto const found =
      std::find_if(columns_.begin(), columns_.end(), [&](auto const& c) { return c.first == name; });
  if (found != columns_.end()) return found->second;
  return columns_.emplace_back(std::string(name), column()).second;
}

std::string table::json(std::size_t rows) const {
  auto out = fmt::format("{{\"n\":{}", rows);
  for (auto const& [name, values] : columns_) {
    out.append(fmt::format(",\"{}\":", name)).append(rows == 0 ? "null" : values.json());
  }
  return out += '}';
}

}  // namespace flopwatch::html
