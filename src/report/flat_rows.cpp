// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/flat_rows.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "flopwatch/error.hpp"
#include "report/chosen_rows.hpp"
#include "report/figures.hpp"

namespace flopwatch::report {
namespace {

void add_flops(std::optional<std::int64_t>& sum, std::optional<std::int64_t> const& flops) {
  sum = sum && flops ? std::optional(saturating_add(*sum, *flops)) : std::nullopt;
}

void add_count(std::int64_t& sum, std::int64_t n) { sum = saturating_add(sum, n); }

/// Collects rows by name. The tree's rows come in order, so the scopes of each are sorted.
class flat_collector {
 public:
  flat_collector(analysis const& a, flat_by by) : a_(a), by_(by) {
    for (std::size_t i = 0; i < a.capture.operator_calls.size(); ++i) {
      call_at_.emplace(a.capture.operator_calls[i].id, i);
    }
    for (auto const& k : a.capture.kernels) kernels_.emplace(k.id, &k);
  }

  std::vector<flat_row> collect() && {
    for (std::size_t row = 0; row < a_.tree.rows.size(); ++row) {
      if (by_ != flat_by::kernel) add_calls(row);
      if (by_ == flat_by::precision) {
        add_formats(row);
      } else {
        add_launches(row);
      }
    }
    std::vector<flat_row> out;
    for (auto& r : rows_) {
      if (!a_.tree.measured_collected) r.total_flops.reset();
      bool const no_class = by_ == flat_by::precision && a_.tree.measured_by_scope;
      if (!a_.tree.measured_collected || !a_.tree.has_operators || no_class) r.multiply_add_flops.reset();
      out.push_back(std::move(r));
    }
    return out;
  }

 private:
  flat_row& at(std::string const& name, std::size_t scope) {
    auto const [found, is_new] = places_.try_emplace(name, rows_.size());
    if (is_new) {
      rows_.emplace_back();
      rows_.back().name = name;
    }
    auto& row = rows_[found->second];
    if (row.scopes.empty() || row.scopes.back() != scope) row.scopes.push_back(scope);
    return row;
  }

  void add_calls(std::size_t scope) {
    for (auto const i : a_.tree.rows[scope].operator_calls) {
      auto const& call = a_.capture.operator_calls.at(i);
      if (by_ == flat_by::precision && call.total == work{}) continue;
      auto& row = at(by_ == flat_by::precision ? std::string(to_string(call.precision)) : call.name, scope);
      add_count(row.count, call.calls);
      saturating_add_to(row.operators, call.total);
    }
  }

  void add_formats(std::size_t scope) {
    for (auto const& [format, parts] : a_.tree.rows[scope].measured_self.by_precision) {
      auto& row = at(std::string(to_string(format)), scope);
      add_flops(row.multiply_add_flops, parts.multiply_add_flops);
      add_flops(row.total_flops, parts.total_flops());
    }
  }

  std::string name_of_launch(launch_group const& g, operator_call_record const* call) {
    if (by_ == flat_by::operator_name) return call == nullptr ? "(outside every operator)" : call->name;
    auto const found = kernels_.find(g.kernel);
    auto const name = found == kernels_.end() ? std::string("a kernel") : found->second->display_name();
    return g.graph == 0 ? name : name + " (in a CUDA graph)";
  }

  void add_launches(std::size_t scope) {
    for (auto const i : a_.tree.rows[scope].launch_groups) {
      auto const& g = a_.capture.launch_groups.at(i);
      if (by_ == flat_by::operator_name && !a_.tree.has_operators) continue;
      // What a graph ran is in the count of the graph itself.
      if (by_ == flat_by::operator_name && g.graph != 0) continue;
      auto const found = call_at_.find(g.operator_call);
      auto const* const call = found == call_at_.end() ? nullptr : &a_.capture.operator_calls[found->second];
      auto& row = at(name_of_launch(g, call), scope);
      if (by_ == flat_by::kernel) add_count(row.count, g.launches);
      auto const counted = g.in_scope_range || g.graph != 0 ? std::nullopt : group_flops(g);
      auto const flops = counted ? std::optional(counted->flops) : std::nullopt;
      if (!flops && !g.in_scope_range && g.graph == 0) add_count(row.unmeasured_launches, g.launches);
      add_flops(row.total_flops, flops);
      bool const is_product = call != nullptr && call->arithmetic == arithmetic::multiply_add;
      if (is_product || !flops) add_flops(row.multiply_add_flops, flops);
    }
  }

  analysis const& a_;
  flat_by by_;
  std::unordered_map<std::int64_t, std::size_t> call_at_;
  std::unordered_map<std::int64_t, kernel_record const*> kernels_;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<flat_row> rows_;
};

std::int64_t flat_figure(analysis const& a, flat_row const& r, row_order order) {
  if (order == row_order::calls) return r.count;
  if (order == row_order::operators) return r.operators.macs;
  if (order == row_order::other) return r.operators.other_flops;
  return (measured_together(a)   ? r.total_flops
          : r.multiply_add_flops ? r.multiply_add_flops
                                 : r.total_flops)
      .value_or(0);
}

void refuse_missing(flat_by by, row_order order) {
  bool const of_operators = order == row_order::operators || order == row_order::other;
  if (order != row_order::formula && !(by == flat_by::kernel && of_operators)) return;
  throw usage_error(fmt::format("a {} has no {} to sort by", name_of(by), figure_name(order)));
}

/// Kernels are known by what the counters read, operators by what their rules count.
row_order flat_order(analysis const& a, flat_by by, row_order order) {
  if (order != row_order::recorded) return order;
  return by == flat_by::kernel ? row_order::measured : figure_of(a, order);
}

}  // namespace

std::string_view name_of(flat_by by) {
  switch (by) {
    case flat_by::kernel:
      return "kernel";
    case flat_by::operator_name:
      return "operator";
    case flat_by::precision:
      return "precision";
  }
  return "";
}

flat_rows flat_rows_of(analysis const& a, flat_by by, row_choice const& choice) {
  refuse_missing(by, choice.order);
  name_filter const filter(choice.filter);
  flat_rows out;
  out.rows = flat_collector(a, by).collect();
  out.all = out.rows.size();
  auto const order = flat_order(a, by, choice.order);
  std::sort(out.rows.begin(), out.rows.end(), [&](flat_row const& x, flat_row const& y) {
    auto const left = order == row_order::name ? 0 : flat_figure(a, x, order);
    auto const right = order == row_order::name ? 0 : flat_figure(a, y, order);
    if (left != right) return left > right;
    if (order != row_order::name && x.count != y.count) return x.count > y.count;
    return x.name < y.name;
  });
  auto const most = order == row_order::name ? flat_order(a, by, row_order::recorded) : order;
  if (choice.least_share > 0) {
    double whole = 0;
    for (auto const& r : out.rows) whole += static_cast<double>(flat_figure(a, r, most));
    std::erase_if(out.rows, [&](flat_row const& r) {
      return static_cast<double>(flat_figure(a, r, most)) < choice.least_share * whole;
    });
  }
  std::erase_if(out.rows, [&](flat_row const& r) { return !filter.finds(r.name); });
  if (choice.top > 0 && out.rows.size() > static_cast<std::size_t>(choice.top)) {
    std::stable_sort(out.rows.begin(), out.rows.end(), [&](flat_row const& x, flat_row const& y) {
      return flat_figure(a, x, most) > flat_figure(a, y, most);
    });
    out.rows.resize(static_cast<std::size_t>(choice.top));
    if (order == row_order::name) {
      std::sort(out.rows.begin(), out.rows.end(),
                [](auto const& x, auto const& y) { return x.name < y.name; });
    }
  }
  auto const measure = figure_name(most);
  out.said = said_of(out.rows.size(), out.all, fmt::format("{}s", name_of(by)), choice, measure,
                     by == flat_by::kernel && order == row_order::calls ? "launches" : measure, "");
  return out;
}

std::optional<double> flat_share(analysis const& a, flat_by by, flat_row const& row) {
  if (by != flat_by::kernel && a.tree.has_operators) {
    auto const whole = a.tree.operator_total.macs;
    if (whole == 0) return std::nullopt;
    return static_cast<double>(row.operators.macs) / static_cast<double>(whole);
  }
  auto const whole = a.tree.measured_collected ? read_flops(a.tree.measured_total) : std::nullopt;
  if (!whole || *whole == 0 || !row.total_flops) return std::nullopt;
  return static_cast<double>(*row.total_flops) / static_cast<double>(*whole);
}

}  // namespace flopwatch::report
