// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

#include "audit/claim.hpp"
#include "text/nearest.hpp"
#include "text/printable.hpp"

namespace flopwatch::audits {
namespace {

using kinds = audit_cause_kind;

/// A part of what ran, as somebody may have counted it.
struct counting {
  std::string_view words;
  bool attention = true;
  bool free = true;
  bool backward = true;
  bool recompute = true;
  bool masked = true;
};

constexpr std::array<counting, 9> countings{{
    {"what ran"},
    {"what ran, without recomputation", true, true, true, false, true},
    {"what ran, without recomputation and what masks leave unused", true, true, true, false, false},
    {"what ran, without attention", false, true, true, true, true},
    {"what ran, without attention and recomputation", false, true, true, false, true},
    {"the weights alone, without recomputation", false, false, true, false, true},
    {"the forward pass", true, true, false, false, true},
    {"the forward pass without attention", false, true, false, false, true},
    {"the weights of the forward pass", false, false, false, false, true},
}};

/// Causes of one unit: what `how` leaves out.
void leave_out(counting const& how, unit_work const& ran, std::size_t row, std::vector<audit_cause>& out) {
  auto const take = [&](audit_cause_kind kind, audit_flops amount) { out.push_back({kind, row, -amount}); };
  auto const of_class = [&](phase_flops const& part, bool counted, audit_cause_kind kind) {
    if (!counted) take(kind, add(part.forward, how.backward ? part.backward : 0));
    if (!how.backward) take(kinds::backward, part.backward);
    if (!how.recompute) take(kinds::recompute, part.recompute);
    if (!how.recompute) take(kinds::products_left_out, part.optimizer);
  };
  of_class(ran.weights, true, kinds::weights_left_out);
  of_class(ran.attention, how.attention, kinds::attention_left_out);
  of_class(ran.free, how.free, kinds::products_left_out);
  if (!how.masked) take(kinds::masked_left_out, ran.masked);
}

audit_flops sum_of(std::vector<audit_cause> const& causes) {
  audit_flops out = 0;
  for (auto const& c : causes) out = add(out, c.flops);
  return out;
}

/// Takes half of each module's amount: `by_row` is what the number would be in FLOPs. What is left adds up to
/// half of their sum, rounded down, although amounts can be odd.
void halve(std::map<std::size_t, audit_flops> const& by_row, std::vector<audit_cause>& causes) {
  audit_flops before = 0;
  for (auto const& [row, flops] : by_row) {
    auto const sum = add(before, flops);
    causes.push_back({kinds::macs_for_flops, row, sub(sub(sum / 2, before / 2), flops)});
    before = sum;
  }
}

audit_flops distance(audit_flops a, audit_flops b) { return a < b ? sub(b, a) : sub(a, b); }

/// Looks for the candidate that is the number, or the nearest one.
class reader {
 public:
  reader(claim_request const& request, analysis const& a, audit_model const& model, ran_table const& ran)
      : stated_(*request.stated), rounding_(request.rounding), a_(a), model_(model), ran_(ran) {}

  reading read() {
    for (auto const& c : countings) try_counting(c);
    for (auto const& c : audit_conventions()) {
      if (c.name != "floating_point_ops") try_convention(std::string(c.name));
    }
    if (!found_ || distance(best_value_, stated_) > largest_distance()) {
      reading nothing;
      auto ran = audit_flops{0};
      for (auto const& unit : ran_.units) ran = add(ran, unit.total());
      nothing.causes.push_back({kinds::unexplained, 0, sub(stated_, ran)});
      tidy(nothing.causes);
      return nothing;
    }
    auto const rest = sub(stated_, best_value_);
    bool const rounded = distance(best_value_, stated_) <= rounding_;
    best_.causes.push_back({rounded ? kinds::rounding : kinds::unexplained, 0, rest});
    tidy(best_.causes);
    return std::move(best_);
  }

 private:
  /// A reading that is further away explains nothing: 2 % of the number, or its rounding.
  [[nodiscard]] audit_flops largest_distance() const { return std::max(rounding_, stated_ / 50); }

  void consider(std::string const& words, audit_flops flops,
                std::function<void(bool, reading&)> const& fill) {
    for (bool const in_macs : {false, true}) {
      auto const value = in_macs ? flops / 2 : flops;
      if (value == 0 || (found_ && distance(value, stated_) >= distance(best_value_, stated_))) continue;
      found_ = true;
      best_value_ = value;
      best_ = {words + (in_macs ? ", in MACs" : ""), {}};
      fill(in_macs, best_);
    }
  }

  void try_counting(counting const& how) {
    std::vector<audit_cause> causes;
    std::map<std::size_t, audit_flops> by_row;
    audit_flops total = 0;
    for (std::size_t r = 0; r < ran_.units.size(); ++r) {
      std::vector<audit_cause> here;
      leave_out(how, ran_.units[r], r, here);
      auto const flops = add(ran_.units[r].total(), sum_of(here));
      if (flops != 0) by_row[r] = flops;
      total = add(total, flops);
      causes.insert(causes.end(), here.begin(), here.end());
    }
    consider(std::string(how.words), total, [&](bool in_macs, reading& out) {
      out.causes = causes;
      if (in_macs) halve(by_row, out.causes);
    });
  }

  void try_convention(std::string const& name) {
    claim_parts claim;
    try {
      claim = convention_claim(name, a_, model_, ran_);
    } catch (usage_error const&) {
      return;  // it needs what the model does not say
    }
    consider(name, claim.total(), [&](bool in_macs, reading& out) {
      out.causes = explain(claim, a_, model_, ran_);
      if (!in_macs) return;
      std::map<std::size_t, audit_flops> by_row;
      for (std::size_t r = 0; r < claim.units.size(); ++r) {
        if (auto const flops = claim.units[r].total(); flops != 0) by_row[r] = flops;
      }
      halve(by_row, out.causes);
    });
  }

  audit_flops stated_;
  audit_flops rounding_;
  analysis const& a_;
  audit_model const& model_;
  ran_table const& ran_;
  bool found_ = false;
  audit_flops best_value_ = 0;
  reading best_;
};

/// Explains the amount of one module by the counting that gives exactly it.
void read_module(audit_flops said, unit_work const& ran, std::size_t row, std::vector<audit_cause>& out) {
  for (bool const in_macs : {false, true}) {
    for (auto const& how : countings) {
      std::vector<audit_cause> causes;
      leave_out(how, ran, row, causes);
      auto const flops = add(ran.total(), sum_of(causes));
      if ((in_macs ? flops / 2 : flops) != said || (in_macs && flops == 0)) continue;
      if (in_macs) halve({{row, flops}}, causes);
      out.insert(out.end(), causes.begin(), causes.end());
      return;
    }
  }
  out.push_back({kinds::unexplained, row, sub(said, ran.total())});
}

/// \throws usage_error for a path that no module has, so that none is taken for a module that did not run
void check_paths(claim_request const& request, analysis const& a, audit_model const& model) {
  std::set<std::string> known;
  for (auto const& row : a.tree.rows) known.insert(row.path);
  for (auto const& path : a.capture.module_paths) known.insert(path.path);
  for (auto const& p : model.parameters) known.insert(p.module);
  for (auto const& [path, flops] : request.by_module) {
    if (known.contains(path)) continue;
    auto const near = text::nearest(path, std::vector(known.begin(), known.end()));
    throw usage_error(fmt::format("claim '{}' has a number for '{}', and no module has that path{}",
                                  text::printable(request.name), text::printable(path),
                                  near ? "; the nearest is '" + text::printable(*near) + "'" : ""));
  }
}

}  // namespace

reading read_stated(claim_request const& request, analysis const& a, audit_model const& model,
                    ran_table const& ran) {
  return reader(request, a, model, ran).read();
}

reading read_by_module(claim_request const& request, analysis const& a, audit_model const& model,
                       ran_table const& ran) {
  check_paths(request, a, model);
  auto const& rows = a.tree.rows;
  std::vector<std::size_t> unit_of_row(rows.size());
  std::map<std::string, std::size_t> row_of;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    bool const named = !rows[r].outside && request.by_module.contains(rows[r].path) &&
                       row_of.emplace(rows[r].path, r).second;
    unit_of_row[r] = named || r == 0 ? r : unit_of_row[rows[r].parent];
  }
  reading out;
  auto const units = joined(ran, unit_of_row);
  for (auto const& [path, flops] : request.by_module) {
    auto const found = row_of.find(path);
    if (found == row_of.end()) out.causes.push_back({kinds::module_not_run, 0, flops});
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (unit_of_row[r] != r) continue;
    auto const said = request.by_module.find(rows[r].path);
    bool const has = said != request.by_module.end() && row_of.at(rows[r].path) == r;
    if (has) {
      read_module(said->second, units[r], r, out.causes);
    } else {
      out.causes.push_back({kinds::weights_left_out, r, -units[r].weights.total()});
      out.causes.push_back({kinds::attention_left_out, r, -units[r].attention.total()});
      out.causes.push_back({kinds::products_left_out, r, -units[r].free.total()});
    }
  }
  tidy(out.causes);
  return out;
}

}  // namespace flopwatch::audits
