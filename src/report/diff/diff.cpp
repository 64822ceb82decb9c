// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/diff.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "report/figures.hpp"

namespace flopwatch {
namespace {

using report::info;

diff_side side_of(analysis const& a, std::string name) {
  auto const text = [&](char const* key) { return std::string(info(a.capture, key)); };
  diff_side out{std::move(name),
                text(info_key::program),
                text(info_key::framework),
                text(info_key::device),
                text(info_key::gpu),
                text(info_key::driver),
                text(info_key::created_utc),
                report::is_exact(a),
                report::lost_data(a),
                {},
                static_cast<std::int64_t>(a.capture.processes.size())};
  std::set<std::string> kinds;
  for (auto const& l : a.capture.losses) {
    if (l.severity == severity::error) kinds.insert(l.kind);
  }
  out.losses.assign(kinds.begin(), kinds.end());
  return out;
}

std::set<std::string> metrics_of(analysis const& a) {
  std::set<std::string> out;
  for (auto const& m : a.capture.metrics) out.insert(m.name);
  return out;
}

std::vector<std::string> unlike_parts(analysis const& a, analysis const& b) {
  std::vector<std::string> out;
  auto const compare = [&](char const* what, char const* key) {
    auto const x = info(a.capture, key);
    auto const y = info(b.capture, key);
    if (x == y) return;
    auto const shown = [](std::string_view v) {
      return v.empty() ? std::string("not recorded") : std::string(v);
    };
    out.push_back(fmt::format("{}: {} in A, {} in B.", what, shown(x), shown(y)));
  };
  compare("GPU", info_key::gpu);
  compare("Driver", info_key::driver);
  compare("Framework", info_key::framework);
  compare("flopwatch", info_key::program);
  compare("Formula", info_key::formula);
  compare("Tensor-core metrics", info_key::tensor_metrics);
  compare("Scope depth", info_key::scope_depth);
  if (a.tree.measured_collected != b.tree.measured_collected) {
    out.push_back(fmt::format("Measured figures are in {} alone.", a.tree.measured_collected ? "A" : "B"));
  } else if (a.tree.measured_collected && metrics_of(a) != metrics_of(b)) {
    out.push_back("The measured figures are of other metrics.");
  }
  auto const x = a.capture.processes.size();
  auto const y = b.capture.processes.size();
  if (x != y && (x > 1 || y > 1)) {
    out.push_back(fmt::format("Processes: {} in A, {} in B.", std::max<std::size_t>(x, 1),
                              std::max<std::size_t>(y, 1)));
  }
  return out;
}

using row_key = std::tuple<std::string, std::string, bool, int>;  // path, type, outside, which of these

/// Key of each row.
std::vector<row_key> keys_of(analysis const& a) {
  std::map<std::tuple<std::string, std::string, bool>, int> seen;
  std::vector<row_key> out;
  for (std::size_t i = 0; i < a.tree.rows.size(); ++i) {
    auto const& r = a.tree.rows[i];
    // The first row is the whole, whatever its type.
    auto const type = i == 0 ? std::string() : r.type;
    out.emplace_back(r.path, type, r.outside, i == 0 ? -1 : seen[{r.path, type, r.outside}]++);
  }
  return out;
}

void fill(diff_row& to, analysis const& a, std::size_t row, bool is_b) {
  auto const& r = a.tree.rows[row];
  auto const& d = a.differences.rows[row];
  auto const work = r.shown_total();
  auto const measured = a.tree.measured_collected ? r.shown_measured().shown_total_flops() : std::nullopt;
  std::array<std::optional<std::int64_t>, all_diff_figures.size()> const values{work.macs, work.other_flops,
                                                                                measured, d.formula_macs};
  for (std::size_t i = 0; i < values.size(); ++i) (is_b ? to.figures[i].b : to.figures[i].a) = values[i];
  (is_b ? to.in_b : to.in_a) = true;
  (is_b ? to.calls_b : to.calls_a) = r.calls;
}

/// A module that is not there did nothing, where the capture has the column at all.
void fill_missing(diff_row& to, analysis const& a, bool is_b) {
  std::array const there{true, true, a.tree.measured_collected, a.tree.has_formula};
  for (std::size_t i = 0; i < there.size(); ++i) {
    if (there[i]) (is_b ? to.figures[i].b : to.figures[i].a) = 0;
  }
}

/// Of FLOPs.
double size_of_change(diff_row const& r) {
  auto const change = [&](diff_figure f) { return static_cast<double>(r.of(f).change().value_or(0)); };
  return std::max(
      {std::abs(2 * change(diff_figure::operator_macs) + change(diff_figure::operator_other_flops)),
       2 * std::abs(change(diff_figure::operator_macs)), std::abs(change(diff_figure::operator_other_flops)),
       std::abs(change(diff_figure::measured_flops)), 2 * std::abs(change(diff_figure::formula_macs))});
}

}  // namespace

std::string_view to_string(diff_figure f) noexcept {
  switch (f) {
    case diff_figure::operator_macs:
      return "operator_macs";
    case diff_figure::operator_other_flops:
      return "operator_other_flops";
    case diff_figure::measured_flops:
      return "measured_flops";
    case diff_figure::formula_macs:
      return "formula_macs";
  }
  return "";
}

std::string_view short_text(diff_figure f) noexcept {
  switch (f) {
    case diff_figure::operator_macs:
      return "operator MACs";
    case diff_figure::operator_other_flops:
      return "operator other FLOPs";
    case diff_figure::measured_flops:
      return "measured FLOPs";
    case diff_figure::formula_macs:
      return "formula MACs";
  }
  return "";
}

std::optional<std::int64_t> diff_pair::change() const {
  std::int64_t out = 0;
  if (!a || !b || __builtin_sub_overflow(*b, *a, &out)) return std::nullopt;
  return out;
}

bool diff_row::changed() const {
  return in_a != in_b || calls_a != calls_b ||
         std::any_of(figures.begin(), figures.end(),
                     [](diff_pair const& p) { return p.a && p.b && *p.a != *p.b; });
}

diff_row const& capture_diff::whole() const {
  return *std::find_if(rows.begin(), rows.end(), [](diff_row const& r) { return r.whole; });
}

capture_diff diff(analysis const& a, std::string a_name, analysis const& b, std::string b_name) {
  capture_diff out{side_of(a, std::move(a_name)), side_of(b, std::move(b_name)), unlike_parts(a, b), {}};
  std::map<row_key, std::size_t> place;
  auto const add = [&](analysis const& side, bool is_b) {
    auto const keys = keys_of(side);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      auto const [it, is_new] = place.try_emplace(keys[i], out.rows.size());
      if (is_new) {
        auto const& r = side.tree.rows[i];
        auto& row = out.rows.emplace_back();
        row.path = r.path;
        row.name = report::row_name(r);
        row.type = r.type;
        row.whole = i == 0;
      }
      fill(out.rows[it->second], side, i, is_b);
    }
  };
  add(a, false);
  add(b, true);
  for (auto& r : out.rows) {
    if (!r.in_a) fill_missing(r, a, false);
    if (!r.in_b) fill_missing(r, b, true);
  }
  std::stable_sort(out.rows.begin(), out.rows.end(), [](diff_row const& x, diff_row const& y) {
    return size_of_change(x) > size_of_change(y);
  });
  return out;
}

}  // namespace flopwatch
