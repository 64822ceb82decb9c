// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "flopwatch/diff.hpp"
#include "flopwatch/error.hpp"
#include "text/printable.hpp"

namespace flopwatch {
namespace {

[[noreturn]] void refuse_limit(std::string_view text) {
  throw usage_error(
      fmt::format("'{}' is no limit on an increase: give a share like 2%, or a number of MACs or FLOPs like "
                  "1000000 or 2.5G",
                  text::printable(text)));
}

double factor_of(char prefix) {
  switch (prefix) {
    case 'K':
      return 1e3;
    case 'M':
      return 1e6;
    case 'G':
      return 1e9;
    case 'T':
      return 1e12;
    case 'P':
      return 1e15;
    default:
      return 0;
  }
}

bool is_above(diff_pair const& p, increase_limit const& limit) {
  if (!p.a || !p.b || *p.b <= *p.a) return false;
  auto const rise = static_cast<double>(*p.b) - static_cast<double>(*p.a);
  bool const above_share = !limit.share || rise > *limit.share * static_cast<double>(*p.a);
  bool const above_absolute = !limit.absolute || rise > static_cast<double>(*limit.absolute);
  return above_share && above_absolute;
}

}  // namespace

increase_limit parse_increase_limit(std::string_view text) {
  auto rest = text;
  double value = 0;
  auto const [end, failure] =
      std::from_chars(rest.data(), rest.data() + rest.size(), value, std::chars_format::fixed);
  if (failure != std::errc() || !std::isfinite(value) || value < 0) refuse_limit(text);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  if (rest == "%") return {value / 100, std::nullopt};
  if (rest.size() > 1) refuse_limit(text);
  auto const factor = rest.empty() ? 1 : factor_of(rest.front());
  auto const amount = value * factor;
  if (factor == 0 || amount >= static_cast<double>(std::numeric_limits<std::int64_t>::max()))
    refuse_limit(text);
  return {std::nullopt, static_cast<std::int64_t>(amount)};
}

std::vector<increase> increases_above(capture_diff const& d, increase_limit const& limit) {
  std::vector<increase> out;
  for (std::size_t i = 0; i < d.rows.size(); ++i) {
    for (auto const f : all_diff_figures) {
      if (is_above(d.rows[i].of(f), limit)) out.push_back({i, f});
    }
  }
  return out;
}

exit_code diff_exit_code(capture_diff const& d, diff_options const& options) {
  if (options.limit && !increases_above(d, *options.limit).empty()) return exit_code::check_failed;
  return d.a.lost_data || d.b.lost_data ? exit_code::data_loss : exit_code::good;
}

}  // namespace flopwatch
