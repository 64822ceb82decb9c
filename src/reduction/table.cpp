// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "reduction/table.hpp"

#include <utility>

#include "flopwatch/error.hpp"
#include "text/code_points.hpp"

namespace flopwatch::reduction {
namespace {

std::string utf8(std::string_view from) {
  std::string out;
  while (!from.empty()) {
    auto const c = text::decode_first(from);
    if (c.valid) {
      out += from.substr(0, c.bytes);
    } else {
      out += "\xef\xbf\xbd";
    }
    from.remove_prefix(c.bytes);
  }
  return out;
}

void push_bit(std::vector<std::uint8_t>& bits, std::int64_t at, bool value) {
  if (at % 8 == 0) bits.push_back(0);
  if (value) bits.back() = static_cast<std::uint8_t>(bits.back() | (1U << static_cast<unsigned>(at % 8)));
}

wide_integer most_digits() {
  wide_integer power = 1;
  for (int i = 0; i < 38; ++i) power *= 10;
  return power;
}

}  // namespace

void table::drop_lines() {
  for (auto& c : columns_) {
    auto empty = column{};
    empty.name = c.name;
    empty.kind = c.kind;
    c = std::move(empty);
  }
  for (auto& numbers : word_numbers_) numbers.clear();
}

column& table::at(std::string_view name, column_kind kind) {
  auto const [found, is_new] = place_.try_emplace(std::string(name), columns_.size());
  if (is_new) {
    columns_.emplace_back();
    columns_.back().name = name;
    columns_.back().kind = kind;
    word_numbers_.emplace_back();
  }
  return columns_[found->second];
}

void table::put(column& c, void const* value, std::size_t bytes, bool there) {
  auto const* const from = static_cast<std::uint8_t const*>(value);
  c.data.insert(c.data.end(), from, from + bytes);
  push_bit(c.valid, c.length, there);
  c.nulls += there ? 0 : 1;
  ++c.length;
}

void table::text(std::string_view name, std::string_view value) {
  auto& c = at(name, column_kind::text);
  auto& numbers = word_numbers_[static_cast<std::size_t>(&c - columns_.data())];
  auto const [found, is_new] = numbers.try_emplace(utf8(value), static_cast<std::int32_t>(c.words.size()));
  if (is_new) c.words.push_back(found->first);
  put(c, &found->second, sizeof found->second, true);
}

void table::text_or_null(std::string_view name, std::string_view value) {
  if (!value.empty()) return text(name, value);
  std::int32_t const none = 0;
  put(at(name, column_kind::text), &none, sizeof none, false);
}

void table::integer(std::string_view name, std::optional<std::int64_t> value) {
  auto const v = value.value_or(0);
  put(at(name, column_kind::integer), &v, sizeof v, value.has_value());
}

void table::wide(std::string_view name, std::optional<wide_integer> value) {
  static wide_integer const limit = most_digits();
  auto const v = value.value_or(0);
  if (v >= limit || v <= -limit) throw overflow_error();
  put(at(name, column_kind::wide), &v, sizeof v, value.has_value());
}

void table::real(std::string_view name, std::optional<double> value) {
  auto const v = value.value_or(0);
  put(at(name, column_kind::real), &v, sizeof v, value.has_value());
}

void table::boolean(std::string_view name, bool value) {
  auto& c = at(name, column_kind::boolean);
  push_bit(c.data, c.length, value);
  put(c, nullptr, 0, true);
}

}  // namespace flopwatch::reduction
