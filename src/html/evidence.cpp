// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include <fmt/format.h>

#include "attribution/kernel_hints.hpp"
#include "attribution/saturating.hpp"
#include "html/side.hpp"
#include "metrics/counting_metrics.hpp"

namespace flopwatch::html {
namespace {

/// 0 to 3 as operator_status; an estimate is a counted call whose rule gives no exact count.
constexpr std::int64_t estimate_status = 4;

std::int64_t status_of(operator_call_record const& c) {
  return c.is_estimate() ? estimate_status : static_cast<std::int64_t>(c.status);
}

/// FLOPs of the tensor cores among `sums`; nullopt where no counter of them was collected, or one has no
/// value.
std::optional<std::int64_t> tensor_flops(metric_sums const& sums) {
  if (!attribution_detail::has_tensor_metric(sums)) return std::nullopt;
  std::int64_t out = 0;
  bool const whole =
      metrics::for_counting_metrics(sums, [&](std::string const&, flop_weight const& w, std::int64_t units) {
        if (w.tensor_core) out = saturating_add(out, saturating_mul(units, w.floor));
      });
  return whole ? std::optional(out) : std::nullopt;
}

/// Every metric that counts FLOPs, with its weight.
class weights {
 public:
  /// -1 for a metric that counts none.
  std::int64_t at(std::string const& metric, string_table& strings) {
    auto const [it, is_new] = index_.try_emplace(metric, -1);
    auto const w = is_new ? weight_of(metric) : std::nullopt;
    if (!w) return it->second;
    it->second = static_cast<std::int64_t>(n_++);
    columns_["name"].add(strings.at(metric));
    columns_["floor"].add(w->floor);
    columns_["ceiling"].add(w->ceiling);
    columns_["format"].add(static_cast<std::int64_t>(w->precision));
    columns_["tensor"].add(w->tensor_core ? 1 : 0);
    columns_["instrumented"].add(is_instrumented(metric) ? 1 : 0);
    columns_["proved"].add(w->proved ? 1 : 0);
    columns_["reason"].add(strings.at(w->reason));
    return it->second;
  }
  [[nodiscard]] std::string json() const { return columns_.json(n_); }

 private:
  std::map<std::string, std::int64_t> index_;
  table columns_;
  std::size_t n_ = 0;
};

/// The counter sums behind one line. Those that read 0 are only counted.
struct sums_table {
  weights known;
  table lines;
  std::size_t n = 0;

  void add(std::int64_t owner, metric_sums const& sums, std::int64_t flops, string_table& strings) {
    for (auto const& [metric, value] : sums) {
      auto const index = known.at(metric, strings);
      if (index < 0 || value == 0) continue;
      lines["of"].step(owner);
      lines["metric"].add(index);
      lines["value"].add(value, flops);
      flops = 0;
      ++n;
    }
  }
};

/// \returns the FLOPs, 0 where they are not known
template <class Group>
std::int64_t add_flops(table& to, Group const& g) {
  using number = std::optional<std::int64_t>;
  auto const counted = group_flops(g);
  auto const flops = counted ? counted->flops : 0;
  to["flops"].add(counted ? number(flops) : number());
  to["ceiling"].add(counted ? number(counted->ceiling) : number(), flops);
  to["tensor"].add(counted ? tensor_flops(g.sums) : number(), flops);
  to["zeros"].add(std::count_if(g.sums.begin(), g.sums.end(), [](auto const& s) {
    return s.second == 0 && weight_of(s.first).has_value();
  }));
  return flops;
}

}  // namespace

std::string operators_json(analysis const& a, string_table& strings) {
  table out;
  std::size_t n = 0;
  for (std::size_t row = 0; row < a.tree.rows.size(); ++row) {
    for (auto const index : a.tree.rows[row].operator_calls) {
      auto const& c = a.capture.operator_calls.at(index);
      out["row"].step(static_cast<std::int64_t>(row));
      out["name"].add(strings.at(c.name));
      out["shapes"].add(strings.at(c.shapes));
      out["phase"].add(static_cast<std::int64_t>(c.phase));
      out["status"].add(status_of(c));
      out["format"].add(static_cast<std::int64_t>(c.precision));
      out["calls"].add(c.calls);
      out["macs"].add(c.total.macs);
      out["useful"].add(c.total.useful_macs, c.total.macs);
      out["other"].add(c.total.other_flops);
      out["note"].add(strings.at(c.note));
      ++n;
    }
  }
  return out.json(n);
}

std::string launches_json(analysis const& a, string_table& strings) {
  std::map<std::int64_t, std::string const*> kernels;
  for (auto const& k : a.capture.kernels) kernels[k.id] = &k.display_name();
  auto const name_of = [&](std::int64_t id) {
    auto const found = kernels.find(id);
    return strings.at(found == kernels.end() ? std::string() : *found->second);
  };
  // By id, the line of an operator call in `operators_json`, from 1.
  std::unordered_map<std::int64_t, std::int64_t> calls;
  for (auto const& row : a.tree.rows) {
    for (auto const index : row.operator_calls) {
      calls.emplace(a.capture.operator_calls.at(index).id, static_cast<std::int64_t>(calls.size()) + 1);
    }
  }
  table launches;
  sums_table sums;
  std::int64_t n = 0;
  for (std::size_t row = 0; row < a.tree.rows.size(); ++row) {
    for (auto const index : a.tree.rows[row].launch_groups) {
      auto const& g = a.capture.launch_groups.at(index);
      launches["row"].step(static_cast<std::int64_t>(row));
      launches["kernel"].add(name_of(g.kernel));
      auto const call = calls.find(g.operator_call);
      launches["op"].step(call == calls.end() ? 0 : call->second);
      launches["phase"].add(static_cast<std::int64_t>(g.phase));
      launches["launches"].add(g.launches);
      launches["how"].add(g.graph != 0 ? 3 : g.in_scope_range ? 2 : g.reused ? 1 : 0);
      auto const flops = add_flops(launches, g);
      sums.add(n++, g.sums, flops, strings);
    }
  }
  std::map<std::int64_t, std::size_t> row_of;
  for (std::size_t s = 0; s < a.capture.scopes.size() && s < a.tree.row_of_scope.size(); ++s) {
    row_of[a.capture.scopes[s].id] = a.tree.row_of_scope[s];
  }
  table ranges;
  std::int64_t counted = 0;
  for (auto const& g : a.capture.scope_range_groups) {
    auto const found = row_of.find(g.scope);
    ranges["row"].add(found == row_of.end() ? 0 : static_cast<std::int64_t>(found->second));
    ranges["phase"].add(static_cast<std::int64_t>(g.phase));
    ranges["launches"].add(g.launches);
    auto const flops = add_flops(ranges, g);
    sums.add(n + counted++, g.sums, flops, strings);  // numbered after the launches
  }
  return fmt::format(
      "\"launches\":{},\"ranges\":{},\"sums\":{},\"metrics\":{}", launches.json(static_cast<std::size_t>(n)),
      ranges.json(static_cast<std::size_t>(counted)), sums.lines.json(sums.n), sums.known.json());
}

}  // namespace flopwatch::html
