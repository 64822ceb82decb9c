// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/roofline.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "flopwatch/error.hpp"
#include "report/figures.hpp"

namespace flopwatch {
namespace {

/// Each list adds up to all bytes; the first that a launch has counts.
constexpr std::array<std::array<std::string_view, 2>, 3> byte_counters{
    {{"dram__bytes.sum", ""},
     {"dram__bytes_read.sum", "dram__bytes_write.sum"},
     {"dram__bytes_op_read.sum", "dram__bytes_op_write.sum"}}};

bool counts_bytes(std::string_view metric) {
  return std::any_of(byte_counters.begin(), byte_counters.end(), [&](auto const& names) {
    return std::find(names.begin(), names.end(), metric) != names.end();
  });
}

std::optional<std::int64_t> bytes_of(metric_sums const& sums) {
  for (auto const& names : byte_counters) {
    std::int64_t bytes = 0;
    bool all = true;
    for (auto const name : names) {
      if (name.empty()) continue;
      auto const it = sums.find(std::string(name));
      all = all && it != sums.end() && it->second;
      if (all) bytes = saturating_add(bytes, *it->second);
    }
    if (all) return bytes;
  }
  return std::nullopt;
}

void add(roofline_row& to, std::optional<std::int64_t> bytes, std::int64_t launches, std::int64_t without) {
  if (bytes) to.bytes = saturating_add(to.bytes.value_or(0), *bytes);
  to.launches = saturating_add(to.launches, launches);
  to.launches_without_bytes = saturating_add(to.launches_without_bytes, without);
}

void add_own(roofline_row& to, capture_data const& capture, module_row const& row) {
  for (auto const index : row.launch_groups) {
    auto const& g = capture.launch_groups.at(index);
    // The launch of their graph, or the range of their scope, has their counters.
    if (g.graph != 0 || g.in_scope_range) continue;
    auto const bytes = bytes_of(g.sums);
    add(to, bytes, g.launches, bytes ? 0 : g.launches);
  }
}

void add_ranges(std::vector<roofline_row>& to, analysis const& a) {
  if (a.capture.scope_range_groups.empty()) return;
  std::map<std::int64_t, std::size_t> row_of;
  for (std::size_t i = 0; i < a.capture.scopes.size(); ++i)
    row_of[a.capture.scopes[i].id] = a.tree.row_of_scope.at(i);
  for (auto const& g : a.capture.scope_range_groups) {
    auto const found = row_of.find(g.scope);
    auto const bytes = bytes_of(g.sums);
    add(to.at(found == row_of.end() ? 0 : found->second), bytes, g.launches, bytes ? 0 : g.launches);
  }
}

using by_format = std::map<std::string, std::int64_t>;

by_format formats_of(analysis const& a, std::size_t r, bool measured) {
  by_format out;
  auto const& row = a.tree.rows[r];
  if (measured) {
    for (auto const& [format, parts] : row.shown_measured().by_precision)
      out[std::string(to_string(format))] = parts.total_flops();
  } else {
    for (auto const& [format, w] : row.shown_by_precision())
      out[std::string(to_string(format))] = saturating_add(saturating_flops(w), w.other_flops);
  }
  std::erase_if(out, [](auto const& one) { return one.second <= 0; });
  return out;
}

/// Of each row: operators ran in it, or below, that no rule counts as a whole.
std::vector<bool> partly_counted(attribution const& tree) {
  std::vector<bool> out(tree.rows.size());
  for (auto r = out.size(); r-- > 0;) {  // children come after their parents
    auto const& row = tree.rows[r];
    if (row.has_unsupported || row.has_partly_counted) out[r] = true;
    if (out[r] && row.parent < r) out[row.parent] = true;
  }
  return out;
}

void take_flops(analysis const& a, std::size_t r, bool partly, roofline_row& out) {
  auto const& row = a.tree.rows[r];
  auto const measured = a.tree.measured_collected ? row.shown_measured().shown_total_flops() : std::nullopt;
  if (measured && row.shown_measured().unmeasured_launches == 0) {
    out.flops = measured;
    out.flops_measured = true;
  } else if (a.tree.has_operators) {
    auto const& w = row.shown_total();
    out.flops = saturating_add(saturating_flops(w), w.other_flops);
    out.flops_partly = partly;
  }
}

void compare_with(ceilings const& limits, by_format const& formats, roofline_row& out) {
  if (!out.flops || !out.bytes || *out.bytes <= 0) return;
  if (out.launches_without_bytes > 0 || out.flops_partly) return;
  auto const flops = static_cast<double>(*out.flops);
  out.intensity = flops / static_cast<double>(*out.bytes);
  if (limits.compute && flops > 0) {
    if (auto const seconds = limits.compute->seconds(formats); seconds && *seconds > 0)
      out.compute_ceiling = flops / *seconds;
  }
  if (!out.compute_ceiling || !limits.bytes_per_second) return;
  auto const by_memory = *out.intensity * *limits.bytes_per_second;
  out.attainable = std::min(by_memory, *out.compute_ceiling);
  out.limit = by_memory < *out.compute_ceiling ? roofline_limit::memory : roofline_limit::compute;
}

}  // namespace

ceilings ceilings_of_chip(std::string_view name) {
  auto const& chip = chip_peak_of(name);
  ceilings out;
  out.compute = peak::of_chip(name);
  out.words = out.compute->words();
  if (chip.bytes_per_second > 0) {
    out.bytes_per_second = chip.bytes_per_second;
  } else {
    out.words += fmt::format("; {} has several memories: give --bandwidth", chip.chip);
  }
  return out;
}

std::string_view to_string(roofline_limit l) noexcept {
  switch (l) {
    case roofline_limit::memory:
      return "memory";
    case roofline_limit::compute:
      return "compute";
    case roofline_limit::unknown:
      break;
  }
  return "unknown";
}

std::vector<roofline_row> roofline(analysis const& a, ceilings const& limits) {
  auto const& metrics = a.capture.metrics;
  if (std::none_of(metrics.begin(), metrics.end(), [](auto const& m) { return counts_bytes(m.name); })) {
    throw usage_error(
        "this capture has no metric of DRAM bytes: record it with the metrics roofline, or import a profile "
        "that has dram__bytes");
  }
  std::vector<roofline_row> out(a.tree.rows.size());
  if (out.empty()) return out;
  add_ranges(out, a);
  for (auto r = out.size(); r-- > 0;) {
    auto const& row = a.tree.rows[r];
    add_own(out[r], a.capture, row);
    if (row.parent < r) add(out[row.parent], out[r].bytes, out[r].launches, out[r].launches_without_bytes);
  }
  auto const partly = partly_counted(a.tree);
  for (std::size_t r = 0; r < out.size(); ++r) {
    // What ran in a scope around a root is in the root's row.
    if (a.tree.rows[r].inside) out[r] = {};
    take_flops(a, r, partly[r], out[r]);
    compare_with(limits, formats_of(a, r, out[r].flops_measured), out[r]);
  }
  return out;
}

}  // namespace flopwatch
