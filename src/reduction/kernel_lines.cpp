// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>

#include "attribution/id_index.hpp"
#include "metrics/counting_metrics.hpp"
#include "reduction/group_sums.hpp"
#include "reduction/lines.hpp"

namespace flopwatch::reduction {
namespace {

/// Row, phase, class, kernel (a number of `kernel_names`; -1: a scope range), the graph that ran it (0:
/// none), and whether it was counted together with others.
using kernel_key = std::tuple<std::size_t, phase, launch_class, std::int64_t, std::int64_t, bool>;

/// Kernels of one name are one kernel.
class kernel_names {
 public:
  explicit kernel_names(capture_data const& capture) {
    std::unordered_map<std::string, std::int64_t> numbers;
    for (auto const& k : capture.kernels) {
      auto const [found, is_new] =
          numbers.try_emplace(k.display_name(), static_cast<std::int64_t>(names_.size()));
      if (is_new) names_.push_back(found->first);
      of_id_[k.id] = found->second;
    }
  }
  [[nodiscard]] std::int64_t number(std::int64_t kernel) const { return of_id_.at(kernel); }
  [[nodiscard]] std::int64_t graph_number(std::int64_t graph) const {
    return graph == 0 ? 0 : number(graph) + 1;
  }
  [[nodiscard]] std::string_view name(std::int64_t number) const {
    return number < 0 ? std::string_view() : names_[static_cast<std::size_t>(number)];
  }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::int64_t, std::int64_t> of_id_;
};

/// Calls `visit(key, group)` for every group of launches and of scope ranges.
template <class F>
void for_groups(reduced_from const& from, kernel_names const& names, group_sums const& groups,
                F const& visit) {
  auto const& capture = from.a.capture;
  auto const& tree = from.a.tree;
  for (std::size_t r = 0; r < tree.rows.size(); ++r) {
    for (auto const i : tree.rows[r].launch_groups) {
      auto const& g = capture.launch_groups[i];
      visit(kernel_key{r, g.phase, groups.class_of(g), names.number(g.kernel), names.graph_number(g.graph),
                       g.in_scope_range},
            g);
    }
  }
  attribution_detail::id_index const scopes(capture.scopes, "scope");
  for (auto const& g : capture.scope_range_groups) {
    auto const r = g.scope == 0 ? outside_row(tree) : tree.row_of_scope[scopes.at(g.scope, "a scope range")];
    visit(kernel_key{r, g.phase, launch_class::range, -1, 0, false}, g);
  }
}

void put_key(table& t, reduced_from const& from, kernel_key const& key, kernel_names const& names) {
  auto const& [row, p, kind, kernel, graph, in_scope_range] = key;
  put_place(t, from, row, p);
  t.text("class", to_string(kind));
  t.text_or_null("kernel", names.name(kernel));
  t.text_or_null("graph", names.name(graph - 1));
}

struct kernel_sums {
  wide_measured measured;
  std::int64_t graph_runs = 0;
};

void put_kernel(table& t, launch_class kind, bool in_scope_range, kernel_sums const& k) {
  auto const& m = k.measured;
  auto const& flops = m.of(kind);
  bool const there = !in_scope_range && !flops.missing && m.launches_without_tensor_metrics == 0;
  t.integer("launches", m.launches);
  t.integer("runs_in_graphs", k.graph_runs);
  t.integer("unmeasured_launches", m.unmeasured_launches);
  t.integer("reused_launches", m.reused_launches);
  t.integer("launches_in_scope_ranges", m.launches_in_ranges);
  t.integer("scope_range_launches", m.range_launches);
  t.integer("launches_without_tensor_metrics", m.launches_without_tensor_metrics);
  t.wide("flops", there ? std::optional(flops.floor) : std::nullopt);
  t.wide("flops_ceiling", there ? std::optional(flops.ceiling) : std::nullopt);
  t.real("reuse_bound_flops", m.reuse_bound_flops);
}

/// The sum of one metric over the launches of one line, and the FLOPs that it counts.
struct metric_line {
  std::int64_t launches = 0;
  wide_integer sum = 0;
  bool missing = false;
  bool counts_flops = false;
  precision format = precision::unknown;
  wide_flops flops;
};

template <class Group>
void add_metrics(Group const& g, std::map<std::string, metric_line>& to) {
  auto const sums = wide_sums_of(g);
  for (auto const& [name, sum] : sums) {
    auto& line = to[name];
    line.launches = checked_add(line.launches, g.launches);
    line.sum += sum.value_or(0);
    line.missing = line.missing || !sum;
  }
  bool const missing = flops_of(sums).missing;
  auto const count = [&](std::string const& name, flop_weight const& w, wide_integer units) {
    auto& line = to[name];
    line.counts_flops = true;
    line.format = w.precision;
    line.flops += {units * w.floor, units * w.ceiling, missing};
  };
  (void)metrics::for_counting_metrics(sums, count);
}

void put_metric(table& t, std::string_view metric, metric_line const& m) {
  bool const flops = m.counts_flops && !m.flops.missing;
  t.text("metric", metric);
  t.text_or_null("precision", m.counts_flops ? to_string(m.format) : std::string_view());
  t.integer("launches", m.launches);
  t.wide("sum", m.missing ? std::nullopt : std::optional(m.sum));
  t.wide("flops", flops ? std::optional(m.flops.floor) : std::nullopt);
  t.wide("flops_ceiling", flops ? std::optional(m.flops.ceiling) : std::nullopt);
}

kernel_key const any_key{0, phase::forward, launch_class::range, -1, 0, false};

}  // namespace

table kernel_lines(reduced_from const& from) {
  kernel_names const names(from.a.capture);
  group_sums const groups(from.a.capture);
  std::map<kernel_key, kernel_sums> lines;
  for_groups(from, names, groups, [&](kernel_key const& key, auto const& g) {
    auto& line = lines[key];
    line.measured += groups.of(g);
    if (std::get<4>(key) != 0) line.graph_runs = checked_add(line.graph_runs, g.launches);
  });
  table t("kernels");
  auto const put = [&](kernel_key const& key, kernel_sums const& k) {
    put_key(t, from, key, names);
    put_kernel(t, std::get<2>(key), std::get<5>(key), k);
  };
  put(any_key, {});
  t.drop_lines();
  for (auto const& [key, k] : lines) put(key, k);
  return t;
}

table metric_lines(reduced_from const& from) {
  kernel_names const names(from.a.capture);
  group_sums const groups(from.a.capture);
  std::map<kernel_key, std::map<std::string, metric_line>> lines;
  for_groups(from, names, groups, [&](kernel_key const& key, auto const& g) { add_metrics(g, lines[key]); });
  table t("measured");
  auto const put = [&](kernel_key const& key, std::string_view metric, metric_line const& m) {
    put_key(t, from, key, names);
    put_metric(t, metric, m);
  };
  put(any_key, "", {});
  t.drop_lines();
  for (auto const& [key, metrics] : lines) {
    for (auto const& [metric, m] : metrics) put(key, metric, m);
  }
  return t;
}

}  // namespace flopwatch::reduction
