// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/ncu_value.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace flopwatch::importing {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool digit(char c) { return c >= '0' && c <= '9'; }

/// Without its thousands separators; "" where a comma is none.
std::string without_separators(std::string_view text) {
  auto const whole = text.substr(0, text.find_first_of(".eE"));
  if (whole.find(',') == std::string_view::npos) return std::string(text);
  if (text.substr(whole.size()).find(',') != std::string_view::npos) return {};
  std::string out;
  auto first = whole.find(',');
  auto const sign = whole.starts_with('-') ? 1U : 0U;
  if (first == sign || first > sign + 3) return {};
  out = whole.substr(0, first);
  for (auto rest = whole.substr(first); !rest.empty(); rest.remove_prefix(4)) {
    if (rest.size() < 4 || rest[0] != ',' || !std::all_of(rest.begin() + 1, rest.begin() + 4, digit))
      return {};
    out += rest.substr(1, 3);
  }
  return out.append(text.substr(whole.size()));
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  auto const plain = without_separators(trimmed(text));
  if (plain.empty() || !(digit(plain[0]) || plain[0] == '-' || plain[0] == '.')) return std::nullopt;
  double out = 0;
  auto const [end, failed] = std::from_chars(plain.data(), plain.data() + plain.size(), out);
  if (failed != std::errc() || end != plain.data() + plain.size() || !std::isfinite(out)) return std::nullopt;
  return out;
}

bool says_no_value(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with("(!)")) text = trimmed(text.substr(3));
  return text.empty() || text == "n/a" || text == "N/A" || text == "no data" || text == "nan" ||
         text == "NaN" || text == "-nan";
}

std::optional<count_unit> parse_count_unit(std::string_view unit) {
  unit = trimmed(unit);
  constexpr std::array<std::string_view, 8> bases{"",   "inst",    "instruction", "instructions",
                                                  "op", "math_op", "ops",         "thread inst"};
  auto const is_base = [&](std::string_view u) {
    return std::find(bases.begin(), bases.end(), u) != bases.end();
  };
  if (is_base(unit)) return count_unit{1, unit};
  double factor = 0;
  switch (unit.front()) {
    case 'K':
    case 'k':
      factor = 1e3;
      break;
    case 'M':
      factor = 1e6;
      break;
    case 'G':
      factor = 1e9;
      break;
    case 'T':
      factor = 1e12;
      break;
    default:
      return std::nullopt;
  }
  auto const rest = unit.substr(1);
  if (!is_base(rest)) return std::nullopt;
  return count_unit{factor, rest};
}

std::optional<std::array<std::int64_t, 3>> parse_dimensions(std::string_view text) {
  std::array<std::int64_t, 3> out{1, 1, 1};
  text = trimmed(text);
  if (!text.starts_with('(')) {
    auto const n = parse_number(text);
    constexpr double most = 9e15;
    if (!n || *n < 1 || *n > most || *n != std::floor(*n)) return std::nullopt;
    out[0] = static_cast<std::int64_t>(*n);
    return out;
  }
  auto const* at = text.data() + 1;
  auto const* const end = text.data() + text.size();
  for (auto& size : out) {
    while (at < end && (*at == ' ' || *at == ',')) ++at;
    auto const [after, failed] = std::from_chars(at, end, size);
    if (failed != std::errc() || size < 1) return std::nullopt;
    at = after;
  }
  return at + 1 == end && *at == ')' ? std::optional(out) : std::nullopt;
}

}  // namespace flopwatch::importing
