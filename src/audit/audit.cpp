// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/audit.hpp"

#include <fmt/format.h>

#include "audit/claim.hpp"
#include "audit/utilization.hpp"
#include "flopwatch/executed.hpp"
#include "report/figures.hpp"

namespace flopwatch {
namespace audits {
namespace {

audited_claim audit_one(claim_request const& request, analysis const& a, audit_model const& model,
                        ran_table const& ran) {
  audited_claim out;
  out.name = request.name;
  out.source = request.source;
  if (!request.by_module.empty()) {
    for (auto const& [path, flops] : request.by_module) out.flops = add(out.flops, flops);
    out.causes = read_by_module(request, a, model, ran).causes;
    return out;
  }
  if (request.stated) {
    out.flops = *request.stated;
    auto found = read_stated(request, a, model, ran);
    out.read_as = std::move(found.words);
    out.causes = std::move(found.causes);
    return out;
  }
  auto const claim = convention_claim(request.name, a, model, ran);
  for (auto const& c : audit_conventions()) {
    if (c.name != request.name) continue;
    out.formula = c.formula;
    out.source = c.source;
  }
  out.flops = claim.total();
  out.causes = explain(claim, a, model, ran);
  return out;
}

void add_ran(audit_report& r, analysis const& a) {
  auto const& whole = a.tree.rows.front().total_by_phase;
  r.ran_flops = mul(a.tree.rows.front().total.macs, 2);
  for (auto const p : all_phases) {
    if (p == phase::recompute) {
      r.recompute_flops = mul(whole[p].macs, 2);
    } else {
      r.useful_flops = add(r.useful_flops, mul(whole[p].useful_macs, 2));
    }
  }
  if (a.tree.measured_collected) r.measured_flops = a.tree.measured_total.shown_multiply_add_flops();
  r.tensor_masks = calls_with_tensor_masks(a.capture);
  if (a.tree.has_formula) r.thop_flops = mul(a.tree.formula_macs, 2);
}

/// The amounts of a claim must add up, whatever the model: a claim of which they do not is a fault of ours.
void check_sum(audited_claim const& claim) {
  audit_flops sum = 0;
  for (auto const& c : claim.causes) sum = add(sum, c.flops);
  if (sum != claim.difference)
    throw std::logic_error("the causes of " + claim.name + " do not add up to its difference");
}

}  // namespace
}  // namespace audits

audit_report audit(analysis const& a, audit_model const& model, audit_options const& options) {
  if (!a.tree.has_operators)
    throw usage_error(
        "this capture has no operator column to audit a claim with: record it with flopwatch.watch");
  audit_report r;
  r.model = model;
  r.root_calls = a.tree.rows.front().calls;
  r.exact = report::is_exact(a);
  r.lost_data = report::lost_data(a);
  r.not_exact_because = report::why_not_exact(a);
  for (auto const& row : a.tree.rows) {
    r.row_names.push_back(report::row_name(row));
    r.row_types.push_back(row.type);
  }
  audits::add_ran(r, a);
  auto const ran = audits::what_ran(a, model);
  for (auto const& request : options.claims) {
    auto& claim = r.claims.emplace_back(audits::audit_one(request, a, model, ran));
    claim.difference = audits::sub(claim.flops, r.ran_flops);
    audits::check_sum(claim);
  }
  audits::add_utilization(r, a, options.time);
  return r;
}

exit_code audit_exit_code(audit_report const& r) noexcept {
  if (!r.impossible.empty()) return exit_code::check_failed;
  return r.lost_data ? exit_code::data_loss : exit_code::good;
}

}  // namespace flopwatch
