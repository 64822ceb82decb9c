// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What reads names, words and numbers of a capture, and what sets them for a terminal.
#include <bit>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "capture/enum_text.hpp"
#include "capture/schema.hpp"
#include "cli/help.hpp"
#include "flopwatch/metrics.hpp"
#include "flopwatch/plan.hpp"
#include "flopwatch/report.hpp"
#include "text/nearest.hpp"
#include "text/number_text.hpp"
#include "text/printable.hpp"
#include "text/wrap.hpp"

namespace {

using namespace flopwatch;

void require(bool good) {
  if (!good) std::abort();
}

template <class E>
void check_words(std::string_view word) {
  auto const e = capture_detail::parse_enum<E>(word);
  require(!e || capture_detail::enum_text(*e) == word);
}

void check_terminal(std::string_view any) {
  auto const safe = text::printable(any);
  require(text::printable(safe) == safe);
  for (char const c : safe) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  for (int const width : {0, 1, 2, 7, 40}) {
    require(text::display_width(text::truncate_start(safe, width)) <= width);
    require(text::display_width(text::truncate_middle(safe, width)) <= width);
    require(text::display_width(text::truncate_end(safe, width)) <= width);
  }
  (void)text::wrap(safe, 40);
  (void)text::printable_lines(any);
}

void check_numbers(std::string_view any) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, any.data(), std::min(any.size(), sizeof bits));
  auto const whole = static_cast<std::int64_t>(bits);
  auto const real = std::bit_cast<double>(bits);
  (void)text::grouped(whole);
  (void)text::signed_grouped(whole);
  (void)text::scaled(real, text::scale_for(real));
  (void)text::percent(real, static_cast<double>(whole));
  (void)clever_format(real, static_cast<int>(bits % 20));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const any(reinterpret_cast<char const*>(data), size);
  check_words<phase>(any);
  check_words<rule_origin>(any);
  check_words<formula_unit>(any);
  check_words<operator_status>(any);
  check_words<arithmetic>(any);
  check_words<severity>(any);
  check_words<raw_choice>(any);
  check_words<precision>(any);
  if (auto const set = parse_metric_set(any)) require(to_string(*set) == any);
  (void)weight_of(any);
  (void)is_half_fused(any);
  (void)derived_metric_from(any);
  auto const columns =
      capture_detail::metric_columns({{1, 1, std::string(any), "", 0}, {2, 1, std::string(any), "", 0}});
  require(columns.at(0) != columns.at(1));
  check_terminal(any);
  check_numbers(any);
  (void)text::edit_distance(any.substr(0, 100), "recheck");
  try {
    (void)cli::help_text(any, "report");
  } catch (std::out_of_range const&) {  // a document without that command
  }
  return 0;
}
