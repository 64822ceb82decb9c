// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <fmt/format.h>

#include "report/headline.hpp"
#include "report/sections.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"

namespace flopwatch::report {
using namespace text;
namespace {

/// The table has smaller parts, too.
constexpr double least_told = 0.001;

std::string natural(std::int64_t flops) {
  auto const n = static_cast<double>(flops);
  auto const s = scale_for(std::abs(n));
  return fmt::format("{} {}FLOPs", scaled(n, s), s.prefix);
}

std::string share_of(std::int64_t part, std::int64_t whole) {
  auto const share = percent(std::abs(static_cast<double>(part)), static_cast<double>(whole));
  return part < 0 && !share.starts_with('<') ? "-" + share : share;
}

}  // namespace

executed_work executed_as_a_whole(analysis const& a) {
  auto const rows = take_apart(a.capture, a.tree, a.differences);
  return rows.empty() ? executed_work{} : rows[0];
}

std::string executed_sentence(executed_work const& whole, bool exact) {
  auto const total = whole.flops.total();
  if (total == 0) return "";
  std::string parts;
  for (auto const part : all_executed_parts) {
    auto const flops = whole.flops[part];
    if (std::abs(static_cast<double>(flops)) < least_told * static_cast<double>(total)) continue;
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", share_of(flops, total), text_of(part));
  }
  return fmt::format("Executed {}{}, {}: {}.", exact ? "" : "at least ", natural(total),
                     whole.measured ? "read from the GPU's counters" : "counted from shapes", parts);
}

void executed_headline(page& p, executed_work const& whole, bool exact, std::int64_t tensor_masks) {
  auto const sentence = executed_sentence(whole, exact);
  if (sentence.empty()) return;
  p.sentence(0, sentence, look::strong);
  if (tensor_masks > 0) {
    p.sentence(0,
               fmt::format("Useful includes what masks given as tensors leave unused: {} of attention.",
                           counted(tensor_masks, "call")),
               look::dim);
  }
  p.blank();
}

void executed_section(page& p, executed_work const& whole) {
  auto const total = whole.flops.total();
  if (total == 0) return;
  std::vector<table_column> columns(3);
  columns[0].title = whole.measured ? "Executed, from counters" : "Executed, from shapes";
  columns[0].side = align::left;
  columns[1].title = "FLOPs";
  columns[2].title = "share";
  auto const line = [&](std::string_view name, std::int64_t flops, look style) {
    columns[0].cells.push_back({std::string(name), style});
    columns[1].cells.push_back({grouped(flops), style});
    columns[2].cells.push_back({share_of(flops, total), style});
  };
  for (auto const part : all_executed_parts) {
    if (whole.flops[part] != 0) line(text_of(part), whole.flops[part], look::plain);
  }
  line("sum", total, look::strong);
  p.blank();
  p.table(lay_out(std::move(columns), p.width(), p.paint()));
}

}  // namespace flopwatch::report
