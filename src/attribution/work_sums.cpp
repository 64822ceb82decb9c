// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "attribution/saturating.hpp"
#include "attribution/steps.hpp"
#include "attribution/tensor_doubt.hpp"

namespace flopwatch::attribution_detail {
namespace {

std::size_t row_of(std::int64_t scope, id_index const& scopes, placed_rows& placed, std::string_view who,
                   std::int64_t number = 0) {
  if (scope == 0) {
    if (placed.outside == module_row::npos) add_outside_row(placed);
    return placed.outside;
  }
  return placed.of_scope[scopes.at(scope, who, number)];
}

void refuse_negative(operator_call_record const& c) {
  if (c.calls < 0 || c.total.macs < 0 || c.total.useful_macs < 0 || c.total.other_flops < 0) {
    damaged("operator call " + std::to_string(c.id) + " has a negative count");
  }
}

void add_parts(measured_work& to, std::optional<counted_flops> const& counted,
               std::int64_t measured_parts::*member) {
  if (!counted) return;
  for (auto const& [format, flops] : counted->by_precision) to.by_precision[format].*member = flops;
}

measured_work measured_in_ranges(scope_range_group const& g, bool& any) {
  measured_work w;
  w.range_launches = g.launches;
  w.range_flops.reset();
  auto const counted = group_flops(g);
  if (counted) {
    w.range_flops = counted->flops;
    any = any || g.ranges > 0;
  } else {
    w.unmeasured_launches = g.launches;
  }
  add_parts(w, counted, &measured_parts::range_flops);
  return w;
}

measured_work measured_in(launch_group const& g, operator_call_record const* call, tensor_doubt doubt,
                          bool& any) {
  measured_work w;
  // The launch of the graph is counted where it was made.
  if (g.graph != 0 && g.in_scope_range) return w;
  if (g.graph == 0) w.launches = g.launches;
  if (g.in_scope_range) w.launches_in_ranges = g.launches;
  if (g.reused && g.plan != 0) {
    w.reused_launches = g.launches;
    w.reuse_bound_flops = g.bound_flops;
  }
  auto const counted = g.in_scope_range ? std::optional<counted_flops>(std::in_place) : group_flops(g);
  std::optional<std::int64_t> flops;
  if (counted) {
    flops = counted->flops;
    any = any || (g.launches > 0 && !g.in_scope_range);
  } else if (g.graph == 0) {
    w.unmeasured_launches = g.launches;
  }
  if (counted && doubt == tensor_doubt::certain) w.launches_without_tensor_metrics = g.launches;
  if (counted && doubt == tensor_doubt::possible) w.outside_without_tensor_metrics = g.launches;
  if (call == nullptr) {
    w.outside_flops = flops;
    add_parts(w, counted, &measured_parts::outside_flops);
    return w;
  }
  bool const is_product = call->arithmetic == arithmetic::multiply_add;
  (is_product ? w.multiply_add_flops : w.other_flops) = flops;
  add_parts(w, counted, is_product ? &measured_parts::multiply_add_flops : &measured_parts::other_flops);
  return w;
}

}  // namespace

bool add_operator_calls(capture_data const& capture, id_index const& scopes, placed_rows& placed) {
  bool numbered = true;
  for (std::size_t i = 0; i < capture.operator_calls.size(); ++i) {
    auto const& call = capture.operator_calls[i];
    refuse_negative(call);
    auto& row = placed.rows[row_of(call.scope, scopes, placed, "operator call", call.id)];
    row.operator_calls.push_back(i);
    saturating_add_to(row.self, call.total);
    saturating_add_to(row.self_by_phase[call.phase], call.total);
    if (call.calls > 0) {
      row.has_unsupported = row.has_unsupported || call.status == operator_status::unsupported;
      row.has_partly_counted = row.has_partly_counted || call.status == operator_status::partly_counted;
    }
    numbered = numbered && call.id == static_cast<std::int64_t>(i) + 1;
    if (call.total != work{}) saturating_add_to(row.total_by_precision[call.precision], call.total);
  }
  return numbered;
}

bool add_measured(capture_data const& capture, id_index const& scopes, id_index const& operators,
                  placed_rows& placed) {
  id_index const kernels(capture.kernels, "kernel");
  tensor_doubts const doubts(capture);
  bool any = false;
  for (auto const& g : capture.scope_range_groups) {
    if (g.ranges < 0 || g.launches < 0) damaged("a group of scope ranges has a negative number of launches");
    auto& row = placed.rows[row_of(g.scope, scopes, placed, "a scope range")];
    row.measured_self += measured_in_ranges(g, any);
  }
  for (std::size_t i = 0; i < capture.launch_groups.size(); ++i) {
    auto const& g = capture.launch_groups[i];
    if (g.launches < 0) damaged("a launch group has a negative number of launches");
    auto const kernel = kernels.at(g.kernel, "a launch");
    operator_call_record const* call = nullptr;
    if (g.operator_call != 0) call = &capture.operator_calls[operators.at(g.operator_call, "a launch")];
    auto const scope = call == nullptr ? g.scope : call->scope;
    auto& row = placed.rows[row_of(scope, scopes, placed, "a launch")];
    row.launch_groups.push_back(i);
    row.measured_self += measured_in(g, call, doubts.of(g, kernel, call), any);
  }
  return any;
}

void add_up(placed_rows& placed) {
  auto& rows = placed.rows;
  for (auto& row : rows) {
    row.total = row.self;
    row.total_by_phase = row.self_by_phase;
    row.measured = row.measured_self;
  }
  for (auto i = rows.size(); i-- > 1;) {
    auto const& row = rows[i];
    auto& above = rows[row.parent];
    saturating_add_to(above.total, row.total);
    above.measured += row.measured;
    for (auto const p : all_phases) saturating_add_to(above.total_by_phase[p], row.total_by_phase[p]);
    for (auto const& [p, amount] : row.total_by_precision)
      saturating_add_to(above.total_by_precision[p], amount);
  }
}

}  // namespace flopwatch::attribution_detail
