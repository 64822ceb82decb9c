// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "report/figures.hpp"
#include "report/sections.hpp"
#include "text/number_text.hpp"
#include "text/printable.hpp"

namespace flopwatch::report {
using namespace text;
namespace {

/// Launches of one kernel by one operator (or by none) of one module.
struct kernel_use {
  std::string module, operator_name, kernel;
  std::int64_t launches = 0;
  std::optional<std::int64_t> flops = 0;  ///< nullopt: not measured
  bool in_scope_range = false;            ///< counted together with the others of its scope
  bool in_graph = false;                  ///< ran in launches of a CUDA graph

  [[nodiscard]] char const* why_no_flops() const {
    if (in_graph) return "in a graph";
    return in_scope_range ? "in its scope" : "not measured";
  }
};

constexpr std::size_t most_listed = 24;

std::vector<kernel_use> uses(analysis const& a) {
  std::map<std::int64_t, std::string> names;
  for (auto const& k : a.capture.kernels) names[k.id] = k.display_name();
  std::map<std::int64_t, std::string> operators;
  for (auto const& o : a.capture.operator_calls) operators[o.id] = o.name;
  std::vector<kernel_use> out;
  std::map<std::tuple<std::size_t, std::string, std::int64_t, bool>, std::size_t> at;
  for (std::size_t row = 0; row < a.tree.rows.size(); ++row) {
    for (auto const i : a.tree.rows[row].launch_groups) {
      auto const& g = a.capture.launch_groups[i];
      auto const operator_name = g.operator_call == 0 ? std::string() : operators[g.operator_call];
      auto const [it, is_new] = at.try_emplace({row, operator_name, g.kernel, g.graph != 0}, out.size());
      if (is_new) {
        out.push_back(
            {scope_name(a, a.tree.rows[row]), operator_name, names[g.kernel], 0, 0, false, g.graph != 0});
      }
      auto& use = out[it->second];
      use.launches = saturating_add(use.launches, g.launches);
      use.in_scope_range = use.in_scope_range || g.in_scope_range;
      auto const counted = group_flops(g);
      if (counted && use.flops) {
        use.flops = saturating_add(*use.flops, counted->flops);
      } else {
        use.flops.reset();
      }
    }
  }
  return out;
}

table_column column(std::string title, align side, cut cutting, int comfortable, int least) {
  table_column c;
  c.title = std::move(title);
  c.side = side;
  c.cutting = cutting;
  c.comfortable = comfortable;
  c.least = least;
  return c;
}

void list(page& p, std::vector<kernel_use const*> const& all, bool with_operator,
          char const* where = "module") {
  std::vector<table_column> columns;
  columns.push_back(column("kernel", align::left, cut::end, 44, 16));
  if (with_operator) columns.push_back(column("operator", align::left, cut::middle, 26, 10));
  columns.push_back(column(where, align::left, cut::middle, 26, 10));
  columns.push_back(column("launches", align::right, cut::never, 0, 0));
  columns.push_back(column("FLOPs", align::right, cut::never, 0, 0));
  for (std::size_t i = 0; i < std::min(all.size(), most_listed); ++i) {
    auto const& use = *all[i];
    std::size_t c = 0;
    columns[c++].cells.push_back({printable(use.kernel)});
    if (with_operator) columns[c++].cells.push_back({printable(use.operator_name)});
    columns[c++].cells.push_back({printable(use.module)});
    columns[c++].cells.push_back({grouped(use.launches)});
    columns[c].cells.push_back(use.flops ? table_cell{grouped(*use.flops)}
                                         : table_cell{use.why_no_flops(), look::dim});
  }
  p.table(lay_out(std::move(columns), p.width() - 2, p.paint()), 2);
  if (all.size() > most_listed) {
    p.sentence(2, fmt::format("and {} more (all of them: --json)", all.size() - most_listed), look::dim);
  }
}

/// Of a recording that observed no dispatcher.
void list_by_scope(page& p, std::vector<kernel_use> const& all) {
  std::vector<kernel_use const*> measured;
  std::vector<kernel_use const*> others;
  for (auto const& use : all) (use.flops ? measured : others).push_back(&use);
  if (!measured.empty()) {
    p.heading("Kernels, most FLOPs first");
    p.blank();
    list(p, measured, false, "scope");
  }
  if (!others.empty()) {
    p.heading("Launched, not measured");
    p.blank();
    list(p, others, false, "scope");
  }
}

}  // namespace

void kernels_section(page& p, analysis const& a) {
  if (a.capture.launch_groups.empty()) return;
  auto all = uses(a);
  std::stable_sort(all.begin(), all.end(), [](kernel_use const& x, kernel_use const& y) {
    return std::tuple(x.flops.value_or(0), x.launches) > std::tuple(y.flops.value_or(0), y.launches);
  });
  if (!a.tree.has_operators) return list_by_scope(p, all);
  std::vector<kernel_use const*> inside;
  std::vector<kernel_use const*> outside;
  for (auto const& use : all) (use.operator_name.empty() ? outside : inside).push_back(&use);
  if (!inside.empty()) {
    p.heading("Kernels of the operators, most FLOPs first");
    p.blank();
    list(p, inside, true);
  }
  if (!outside.empty()) {
    p.heading("Kernels outside the dispatcher: launched outside every operator call");
    p.blank();
    list(p, outside, false);
  }
}

}  // namespace flopwatch::report
