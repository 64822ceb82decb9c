// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "flopwatch/ranks.hpp"
#include "report/figures.hpp"
#include "report/sections.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"
#include "text/printable.hpp"

namespace flopwatch::report {
using namespace text;
namespace {

constexpr std::size_t most_groups = 16;
constexpr std::size_t most_explained = 8;

/// The smallest, mean and largest figure of one process.
struct spread {
  double sum = 0;
  std::size_t least = 0, most = 0;  ///< groups
  std::size_t processes = 0;
};

using figure_of = std::function<std::optional<std::int64_t>(rank_group const&)>;

/// nullopt where some process lacks the figure.
std::optional<spread> spread_of(std::vector<rank_group> const& groups, figure_of const& figure) {
  spread out;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto const value = figure(groups[i]);
    if (!value) return std::nullopt;
    if (*value < *figure(groups[out.least])) out.least = i;
    if (*value > *figure(groups[out.most])) out.most = i;
    out.sum += static_cast<double>(*value) * static_cast<double>(groups[i].members.size());
    out.processes += groups[i].members.size();
  }
  return out;
}

table_column rank_column(std::string title, align side = align::right, int rank = 0) {
  table_column c;
  c.title = std::move(title);
  c.side = side;
  c.rank = rank;
  return c;
}

void spread_table(page& p, analysis const& a, std::vector<rank_group> const& groups) {
  std::vector<table_column> columns{rank_column("each process", align::left),
                                    rank_column("least"),
                                    rank_column("in", align::left, 2),
                                    rank_column("mean"),
                                    rank_column("most"),
                                    rank_column("in", align::left, 1)};
  for (auto* const c : {&columns[2], &columns[5]}) {
    c->cutting = cut::end;
    c->comfortable = 20;
    c->least = 8;
  }
  auto const add = [&](char const* name, figure_of const& figure) {
    auto const s = spread_of(groups, figure);
    if (!s) return;
    auto const least = *figure(groups[s->least]);
    auto const most = *figure(groups[s->most]);
    columns[0].cells.push_back({name});
    columns[1].cells.push_back({grouped(least)});
    columns[3].cells.push_back(
        {grouped(static_cast<std::int64_t>(s->sum / static_cast<double>(s->processes)))});
    columns[4].cells.push_back({grouped(most)});
    bool const equal = least == most;
    columns[2].cells.push_back({equal ? "all" : names_of(a.capture, groups[s->least].members), look::dim});
    columns[5].cells.push_back({equal ? "all" : names_of(a.capture, groups[s->most].members), look::dim});
  };
  add("operator MACs", [](rank_group const& g) { return std::optional(g.total.macs); });
  add("operator other FLOPs", [](rank_group const& g) { return std::optional(g.total.other_flops); });
  if (a.tree.has_formula)
    add("formula MACs", [](rank_group const& g) { return std::optional(g.formula_macs); });
  add("measured FLOPs", [](rank_group const& g) { return g.measured_flops; });
  p.table(lay_out(std::move(columns), p.width() - 2, p.paint()), 2);
}

/// All, or those with the fewest and the most MACs.
std::vector<std::size_t> listed_groups(std::vector<rank_group> const& groups) {
  std::vector<std::size_t> out(groups.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = i;
  if (out.size() <= most_groups) return out;
  std::stable_sort(out.begin(), out.end(),
                   [&](auto x, auto y) { return groups[x].total.macs < groups[y].total.macs; });
  out.erase(out.begin() + most_groups / 2, out.end() - most_groups / 2);
  std::sort(out.begin(), out.end());
  return out;
}

void groups_table(page& p, analysis const& a, std::vector<rank_group> const& groups) {
  std::vector<table_column> columns{rank_column("processes", align::left),
                                    rank_column(""),
                                    rank_column("operator MACs"),
                                    rank_column("other FLOPs", align::right, 3),
                                    rank_column("measured FLOPs", align::right, 1),
                                    rank_column("launches", align::right, 4),
                                    rank_column("differs by", align::left)};
  columns[0].cutting = columns[6].cutting = cut::end;
  columns[0].comfortable = 24;
  columns[0].least = 12;
  columns[6].comfortable = 25;
  columns[6].least = 12;
  auto const shown = listed_groups(groups);
  for (auto const i : shown) {
    auto const& g = groups[i];
    auto const style = g.cause == rank_cause::none ? look::plain : look::notice;
    columns[0].cells.push_back({names_of(a.capture, g.members), style});
    columns[1].cells.push_back(
        {g.members.size() == 1 ? "" : grouped(static_cast<std::int64_t>(g.members.size())) + " ×"});
    columns[2].cells.push_back({grouped(g.total.macs)});
    columns[3].cells.push_back({grouped(g.total.other_flops)});
    columns[4].cells.push_back(g.measured_flops ? table_cell{grouped(*g.measured_flops)}
                                                : table_cell{"–", look::dim});
    columns[5].cells.push_back(
        {g.unmeasured_launches == 0
             ? grouped(g.launches)
             : fmt::format("{} ({} not measured)", grouped(g.launches), grouped(g.unmeasured_launches))});
    columns[6].cells.push_back({std::string(short_text(g.cause)), style});
  }
  p.table(lay_out(std::move(columns), p.width() - 2, p.paint()), 2);
  if (shown.size() < groups.size()) {
    p.sentence(2,
               fmt::format("and {} more sets of figures between those (all of them: --json)",
                           groups.size() - shown.size()),
               look::dim);
  }
}

/// One line for each cause, with the first sentence of it.
void causes(page& p, analysis const& a, std::vector<rank_group> const& groups) {
  struct of_cause {
    std::vector<std::size_t> members;
    std::vector<rank_group const*> groups;
  };
  std::map<rank_cause, of_cause> all;
  for (auto const& g : groups) {
    if (g.cause == rank_cause::none) continue;
    auto& c = all[g.cause];
    c.members.insert(c.members.end(), g.members.begin(), g.members.end());
    c.groups.push_back(&g);
  }
  for (auto const& [cause, of] : all) {
    p.blank();
    p.item(2, std::string(short_text(cause)), "in " + names_of(a.capture, of.members), look::strong,
           look::notice);
    for (std::size_t i = 0; i < std::min(of.groups.size(), most_explained); ++i) {
      auto const& g = *of.groups[i];
      if (of.groups.size() == 1) {
        p.sentence(6, printable(g.why));
      } else {
        p.item(6, names_of(a.capture, g.members), printable(g.why));
      }
    }
    if (of.groups.size() > most_explained) {
      p.sentence(6, fmt::format("and {} more (all of them: --json)", of.groups.size() - most_explained),
                 look::dim);
    }
  }
}

}  // namespace

void ranks_section(page& p, analysis const& a) {
  auto const& processes = a.capture.processes;
  if (processes.empty()) return;
  auto const groups = rank_groups(a.capture);
  std::vector<std::size_t> all(processes.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  p.heading(fmt::format("{}: {}",
                        counted(static_cast<std::int64_t>(processes.size()), "process", "processes"),
                        names_of(a.capture, all)));
  p.blank();
  if (groups.size() == 1 && processes.size() > 1 && groups[0].cause == rank_cause::none) {
    p.sentence(2, "All did the same.");
    p.blank();
  }
  spread_table(p, a, groups);
  if (groups.size() > 1) {
    p.blank();
    groups_table(p, a, groups);
  }
  causes(p, a, groups);
}

}  // namespace flopwatch::report
