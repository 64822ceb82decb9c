// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/saturating.hpp"
#include "attribution/steps.hpp"

namespace flopwatch::attribution_detail {
namespace {

void add_to(std::int64_t& sum, std::int64_t amount) { sum = saturating_add(sum, amount); }

/// What the rule of a module or a row gave, by unit.
struct rule_sum {
  std::int64_t macs = 0;
  std::int64_t operations = 0;
  bool has_macs = false, has_operations = false;

  void add(formula_unit unit, std::int64_t amount) {
    bool const is_macs = unit == formula_unit::macs;
    (is_macs ? has_macs : has_operations) = true;
    add_to(is_macs ? macs : operations, amount);
  }
};

class baseline_walk {
 public:
  baseline_walk(capture_data const& capture, static_tree const& tree, placed_rows& placed)
      : capture_(capture),
        tree_(tree),
        placed_(placed),
        of_module_(capture.modules.size()),
        of_row_(placed.rows.size()),
        called_(capture.modules.size(), false) {}

  void add_calls(id_index const& modules, id_index const& scopes) {
    // In its own forward the baseline can call other modules than the recorded ones.
    bool const same_forward = !capture_.info.contains(info_key::formula_forward);
    for (auto const& s : capture_.scopes) {
      if (same_forward && s.module != 0 && s.entries > 0 && s.phase != phase::recompute)
        called_[modules.at(s.module, "a scope")] = true;
    }
    for (auto const& f : capture_.formula_calls) {
      std::string_view const who = "a formula call";
      if (f.amount < 0 || f.calls < 0) damaged(std::string(who) + " has a negative count");
      auto const m = modules.at(f.module, who);
      auto const scope = f.scope == 0 ? none : scopes.at(f.scope, who);
      // The formula counts one forward pass, not its repetition in the backward pass.
      if (scope != none && capture_.scopes[scope].phase == phase::recompute) continue;
      of_module_[m].add(f.unit, f.amount);
      called_[m] = called_[m] || f.calls > 0;
      if (scope == none) continue;
      auto const r = placed_.of_scope[scope];
      auto& row = placed_.rows[r];
      if (row.module != f.module) continue;
      of_row_[r].add(f.unit, f.amount);
      row.rule_calls = saturating_add(row.rule_calls, f.calls);
    }
  }

  void fill_rules(id_index const& modules) {
    for (std::size_t r = 0; r < placed_.rows.size(); ++r) {
      auto& row = placed_.rows[r];
      if (row.module == 0) continue;
      auto const m = modules.at(row.module, "a row");
      if (capture_.modules[m].rule == rule_origin::none) continue;
      auto const& all = of_module_[m];
      // A rule that was never asked gave 0; a rule that was asked but has no record failed.
      bool const unasked = !all.has_macs && !all.has_operations && row.calls == 0;
      if (all.has_macs || unasked) row.rule_macs = of_row_[r].macs;
      if (all.has_operations) row.rule_operations = of_row_[r].operations;
    }
  }

  void fill_walk(attribution& out) {
    auto rest = own_numbers();
    for (std::size_t r = 0; r < placed_.rows.size(); ++r) {
      auto const n = placed_.node_of_row[r];
      auto& row = placed_.rows[r];
      row.hidden = n != none ? tree_.nodes()[n].hidden : is_hidden_by_parent(row);
      if (n == none || row.hidden || placed_.of_node[n] == r) continue;
      // Further rows of one way (called from several places) take the share of their own calls.
      auto const visits = tree_.visits(tree_.nodes()[n].module);
      row.walk_macs = saturating_mul(visits, of_row_[r].macs);
      row.walk_operations = saturating_mul(visits, of_row_[r].operations);
      rest[n].macs = saturating_sub(rest[n].macs, row.walk_macs);
      rest[n].operations = saturating_sub(rest[n].operations, row.walk_operations);
    }
    for (std::size_t n = 0; n < rest.size(); ++n) {
      auto const& node = tree_.nodes()[n];
      if (node.hidden) continue;
      auto& row = placed_.rows[placed_.of_node[n]];
      row.walk_macs = rest[n].macs;
      row.walk_operations = rest[n].operations;
      auto const& module = capture_.modules[node.module];
      if (n != 0 && module.rule != rule_origin::none && !module.transparent && called_[node.module]) {
        add_to(out.formula_parameters, module.parameters);
      }
    }
    for (auto const& row : placed_.rows) {
      add_to(out.formula_macs, row.walk_macs);
      add_to(out.formula_operations, row.walk_operations);
    }
    out.formula_total = saturating_add(out.formula_macs, out.formula_operations);
  }

 private:
  /// By node: what its module adds to the total, hidden or not.
  std::vector<rule_sum> own_numbers() const {
    std::vector<rule_sum> own(tree_.nodes().size());
    for (std::size_t n = 0; n < own.size(); ++n) {
      auto const m = tree_.nodes()[n].module;
      if (capture_.modules[m].rule == rule_origin::none || tree_.nodes()[n].hidden) continue;
      own[n].macs = saturating_mul(tree_.visits(m), of_module_[m].macs);
      own[n].operations = saturating_mul(tree_.visits(m), of_module_[m].operations);
    }
    return own;
  }

  /// For rows in no static place. Rows come after their parents, so the parent's mark is set.
  bool is_hidden_by_parent(module_row const& row) const {
    if (row.parent == module_row::npos || row.outside) return false;
    auto const& above = placed_.rows[row.parent];
    auto const n = placed_.node_of_row[row.parent];
    if (above.hidden) return true;
    if (n == none || n == 0) return false;
    auto const& m = capture_.modules[tree_.nodes()[n].module];
    return m.rule != rule_origin::none && !m.transparent;
  }

  capture_data const& capture_;
  static_tree const& tree_;
  placed_rows& placed_;
  std::vector<rule_sum> of_module_;
  std::vector<rule_sum> of_row_;
  std::vector<bool> called_;
};

}  // namespace

void walk_formula(capture_data const& capture, id_index const& modules, id_index const& scopes,
                  static_tree const& tree, placed_rows& placed, attribution& out) {
  baseline_walk w(capture, tree, placed);
  w.add_calls(modules, scopes);
  w.fill_rules(modules);
  w.fill_walk(out);
  auto const baseline = capture.info.find(info_key::formula);
  out.has_formula = !tree.empty() && (baseline == capture.info.end() || baseline->second != no_formula);
}

}  // namespace flopwatch::attribution_detail
