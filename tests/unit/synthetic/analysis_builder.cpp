// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/synthetic/analysis_builder.hpp"

#include <utility>

#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {

analysis_builder::analysis_builder() {
  a.capture.info = info_without_gpu();
  a.tree.has_formula = true;
}

std::size_t analysis_builder::row(std::size_t parent, std::string const& label, row_figures const& f) {
  auto const index = a.tree.rows.size();
  module_row r;
  if (index > 0) {
    r.parent = parent;
    auto& above = a.tree.rows[parent];
    above.children.push_back(index);
    r.path = above.path.empty() ? label : above.path + '.' + label;
    r.label = label;
  }
  r.type = f.type;
  r.calls = f.calls;
  r.module = r.path_id = f.type.empty() ? 0 : static_cast<std::int64_t>(index) + 1;
  if (f.parameters > 0) r.parameters = f.parameters;
  r.self = r.total = f.self;
  r.self_by_phase[phase::forward] = f.self;
  r.rule_macs = f.rule_macs;
  r.hidden = f.hidden;
  r.walk_macs = f.hidden ? 0 : f.rule_macs.value_or(0);
  r.measured_self = r.measured = f.measured;
  a.tree.rows.push_back(std::move(r));
  if (!f.type.empty()) {
    module_record m;
    m.id = static_cast<std::int64_t>(index) + 1;
    m.type = f.type;
    m.opens_scope = true;
    a.capture.modules.push_back(std::move(m));
  }
  a.differences.rows.emplace_back();
  return index;
}

void analysis_builder::operators(std::size_t row, operator_call_record call) {
  call.id = static_cast<std::int64_t>(a.capture.operator_calls.size()) + 1;
  a.tree.rows[row].operator_calls.push_back(a.capture.operator_calls.size());
  auto& owner = a.tree.rows[row];
  owner.has_unsupported = owner.has_unsupported || call.status == operator_status::unsupported;
  owner.has_partly_counted = owner.has_partly_counted || call.status == operator_status::partly_counted;
  a.capture.operator_calls.push_back(std::move(call));
}

void analysis_builder::explain(verdict const& v) {
  for (auto i = v.row;; i = a.tree.rows[i].parent) {
    a.differences.rows[i].verdicts.push_back(v);
    if (i == 0) return;
  }
}

analysis analysis_builder::finish(bool measured) {
  auto& rows = a.tree.rows;
  std::vector<std::int64_t> walk(rows.size());
  for (std::size_t i = rows.size(); i-- > 0;) {
    auto& r = rows[i];
    walk[i] += r.walk_macs;
    auto& d = a.differences.rows[i];
    if (a.tree.has_formula && !r.outside) d.formula_macs = r.hidden ? r.rule_macs : walk[i];
    d.formula_hidden = r.hidden && r.rule_macs.has_value();
    d.operator_macs = r.total.macs;
    if (d.formula_macs) d.formula_minus_operator = *d.formula_macs - d.operator_macs;
    if (measured) {
      d.measured_flops = r.measured.multiply_add_flops;
      d.measured_total_flops = r.measured.shown_total_flops();
      if (auto const all = r.measured.total_flops()) {
        d.measured_minus_operator = *all - 2 * r.total.macs - r.total.other_flops;
      }
    }
    r.total_by_phase[phase::forward] = r.total;
    r.total_by_precision[precision::fp32] = r.total;
    if (i == 0) continue;
    rows[r.parent].total += r.total;
    rows[r.parent].measured += r.measured;
    walk[r.parent] += walk[i];
  }
  a.tree.operator_total = rows[0].total;
  a.tree.measured_total = rows[0].measured;
  a.tree.measured_collected = measured;
  a.tree.formula_macs = a.tree.has_formula ? walk[0] : 0;
  a.tree.formula_total = a.tree.formula_macs + a.tree.formula_operations;
  for (auto& d : a.differences.rows) {
    if (d.verdicts.empty() && d.formula_minus_operator == std::optional<std::int64_t>(0) &&
        d.operator_macs != 0) {
      verdict agrees;
      agrees.row = static_cast<std::size_t>(&d - a.differences.rows.data());
      d.verdicts.push_back(agrees);
    }
  }
  if (measured) {
    a.capture.info[info_key::measured] = "collected";
    a.capture.info.erase(info_key::measured_reason);
    a.capture.info[info_key::device] = "cuda:1";
    a.capture.info[info_key::gpu] = "Synthetic GPU";
    a.capture.info[info_key::driver] = "000.00";
    a.capture.info[info_key::tensor_metrics] = "collected";
  }
  return std::move(a);
}

}  // namespace flopwatch::test
