// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "audit/ran.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "audit/shapes.hpp"
#include "report/figures.hpp"

namespace flopwatch::audits {
namespace {

bool is_named_attention(module_row const& row) {
  std::string text = row.type + " " + row.path.substr(row.path.rfind('.') + 1);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text.find("attn") != text.npos || text.find("attention") != text.npos;
}

/// Elements of the factors and of the result of a product.
std::set<std::int64_t> factor_elements(operator_call_record const& call) {
  std::set<std::int64_t> out;
  auto const tensors = parse_shapes(call.shapes);
  for (auto const& t : tensors) out.insert(elements_of(t));
  if (tensors.size() >= 2 && tensors[0].size() == tensors[1].size() && tensors[0].size() >= 2) {
    auto result = tensors[0];
    result.back() = tensors[1].back();
    out.insert(elements_of(result));
  }
  return out;
}

/// Sorts the calls of rows into classes, with the parameters that are placed there.
class sorter {
 public:
  sorter(analysis const& a, audit_model const& model) : a_(a), model_(model) {
    for (std::size_t r = 0; r < a.tree.rows.size(); ++r) {
      if (!a.tree.rows[r].outside) row_of_path_.emplace(a.tree.rows[r].path, r);
    }
  }

  ran_table sort() {
    table_.units.resize(a_.tree.rows.size());
    place_parameters();
    for (std::size_t r = 0; r < a_.tree.rows.size(); ++r) sort_row(r);
    settle_parameters();
    mark_uncounted();
    table_.root_calls = a_.tree.rows.front().calls;
    table_.layers = find_layers(a_, table_.units, model_.layers);
    return std::move(table_);
  }

 private:
  void place_parameters() {
    std::set<std::string> lookups;
    for (auto const& p : model_.parameters) {
      auto const found = row_of_path_.find(p.module);
      placed_parameter placed{&p, found == row_of_path_.end() ? 0 : found->second};
      if (p.role == parameter_role::product) placed.row = row_with_product(placed);
      if (p.role == parameter_role::lookup) lookups.insert(first_place(p));
      table_.parameters.push_back(placed);
    }
    std::map<std::string, std::size_t> counted;
    for (std::size_t i = 0; i < table_.parameters.size(); ++i) {
      auto& placed = table_.parameters[i];
      placed.of_lookup = lookups.contains(first_place(*placed.parameter));
      auto const [best, fresh] = counted.emplace(first_place(*placed.parameter), i);
      auto const& current = *table_.parameters[best->second].parameter;
      bool const better =
          current.role != parameter_role::product && placed.parameter->role == parameter_role::product;
      if (!fresh && better) best->second = i;
    }
    for (auto const& [name, index] : counted) table_.parameters[index].counted = true;
    for (auto const& placed : table_.parameters) {
      if (placed.parameter->role == parameter_role::product) products_of_row_[placed.row].push_back(&placed);
    }
  }

  static std::string first_place(audit_parameter const& p) {
    return p.shared_with.empty() ? (p.module.empty() ? p.name : p.module + "." + p.name) : p.shared_with;
  }

  /// A module that is not called, but whose weights the module around it multiplies.
  std::size_t row_with_product(placed_parameter const& placed) const {
    auto const& rows = a_.tree.rows;
    auto r = placed.row;
    while (r != module_row::npos && rows[r].calls == 0) {
      r = rows[r].parent;
      if (r == module_row::npos) break;
      for (auto const c : rows[r].operator_calls) {
        auto const& call = a_.capture.operator_calls[c];
        if (call.phase == phase::forward && is_product(call) &&
            factor_elements(call).contains(placed.parameter->elements))
          return r;
      }
    }
    return placed.row;
  }

  static bool is_product(operator_call_record const& call) { return call.total.macs != 0; }

  bool is_of_weights(std::size_t r, operator_call_record const& call) const {
    auto const found = products_of_row_.find(r);
    if (found == products_of_row_.end() || is_attention_operator(call.name)) return false;
    if (is_weight_operator(call.name)) return true;
    auto const elements = factor_elements(call);
    return std::any_of(found->second.begin(), found->second.end(), [&](auto const* p) {
      return elements.contains(p->parameter->elements) || matches_expert(*p->parameter, elements);
    });
  }

  bool matches_expert(audit_parameter const& p, std::set<std::int64_t> const& elements) const {
    return p.expert && model_.experts > 0 && p.elements % model_.experts == 0 &&
           elements.contains(p.elements / model_.experts);
  }

  void sort_row(std::size_t r) {
    auto const& row = a_.tree.rows[r];
    auto& unit = table_.units[r];
    unit.called = row.calls > 0;
    unit.calls = row.calls;
    for (auto const c : row.operator_calls) {
      auto const& call = a_.capture.operator_calls[c];
      if (!is_product(call)) continue;
      bool const of_weights = is_of_weights(r, call);
      bool const of_attention = !of_weights && (is_attention_operator(call.name) || is_named_attention(row));
      auto& kind = of_weights ? unit.weights : of_attention ? unit.attention : unit.free;
      kind.of(call.phase) = add(kind.of(call.phase), mul(call.total.macs, 2));
      if (call.phase == phase::forward || call.phase == phase::backward) {
        unit.masked = add(unit.masked, mul(audit_flops{call.total.macs} - call.total.useful_macs, 2));
      }
      if (call.phase == phase::forward) {
        auto const elements = factor_elements(call);
        if (of_weights) elements_of_row_[r].insert(elements.begin(), elements.end());
        if (of_weights && elements.empty()) shapeless_.insert(r);
        if (of_attention) unit.attention_calls.push_back(c);
      }
      if (call.phase == phase::backward) table_.has_backward = true;
    }
  }

  void settle_parameters() {
    std::map<std::size_t, std::pair<int, int>> frozen_of;  // frozen, all
    for (auto& placed : table_.parameters) {
      auto const& p = *placed.parameter;
      if (p.role != parameter_role::product) continue;
      auto& unit = table_.units[placed.row];
      auto const& elements = elements_of_row_[placed.row];
      placed.multiplied = products_of_row_[placed.row].size() == 1 || shapeless_.contains(placed.row) ||
                          elements.contains(p.elements) || matches_expert(p, elements);
      if (unit.weights.forward == 0) placed.multiplied = false;
      if (!placed.multiplied) continue;
      unit.product_elements = checked_add(unit.product_elements, p.elements);
      frozen_of[placed.row].first += p.trainable ? 0 : 1;
      ++frozen_of[placed.row].second;
      unit.expert = unit.expert || p.expert;
      unit.shared = unit.shared || !p.shared_with.empty();
      unit.head = unit.head || placed.of_lookup || is_head(p);
    }
    for (auto const& [row, counts] : frozen_of) table_.units[row].frozen = counts.first == counts.second;
  }

  /// A module that was not called counts as uncounted where the called one around it ran such operators: one
  /// of them may be its work.
  void mark_uncounted() {
    auto const& rows = a_.tree.rows;
    auto const silent = report::silences(a_);
    std::vector<bool> own(rows.size());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      own[r] =
          rows[r].has_unsupported || rows[r].has_partly_counted || silent[r] == report::silence::not_seen;
    }
    auto below = own;
    for (std::size_t r = rows.size(); r-- > 0;) {  // children come after their parents
      if (below[r] && rows[r].parent != module_row::npos) below[rows[r].parent] = true;
      auto around = r;
      while (around != module_row::npos && rows[around].calls == 0) around = rows[around].parent;
      table_.units[r].uncounted = below[r] || (around != module_row::npos && own[around]);
    }
  }

  bool is_head(audit_parameter const& p) const {
    return model_.vocabulary > 0 && model_.hidden_size > 0 &&
           audit_flops{p.elements} == audit_flops{model_.vocabulary} * model_.hidden_size;
  }

  analysis const& a_;
  audit_model const& model_;
  ran_table table_;
  std::map<std::string, std::size_t, std::less<>> row_of_path_;
  std::map<std::size_t, std::vector<placed_parameter const*>> products_of_row_;
  std::map<std::size_t, std::set<std::int64_t>> elements_of_row_;
  std::set<std::size_t> shapeless_;
};

}  // namespace

audit_flops& phase_flops::of(phase p) {
  switch (p) {
    case phase::forward:
      return forward;
    case phase::backward:
      return backward;
    case phase::recompute:
      return recompute;
    case phase::optimizer:
      break;
  }
  return optimizer;
}

phase_flops& phase_flops::operator+=(phase_flops const& o) {
  forward = add(forward, o.forward);
  backward = add(backward, o.backward);
  recompute = add(recompute, o.recompute);
  optimizer = add(optimizer, o.optimizer);
  return *this;
}

audit_flops unit_work::total() const { return add(weights.total(), add(attention.total(), free.total())); }

ran_table what_ran(analysis const& a, audit_model const& model) { return sorter(a, model).sort(); }

std::vector<unit_work> joined(ran_table const& ran, std::vector<std::size_t> const& unit_of_row) {
  std::vector<unit_work> out(ran.units.size());
  for (std::size_t r = 0; r < out.size(); ++r) {
    auto const& from = ran.units[r];
    auto& to = out[unit_of_row[r]];
    bool const first = to.product_elements == 0;
    to.weights += from.weights;
    to.attention += from.attention;
    to.free += from.free;
    to.masked = add(to.masked, from.masked);
    to.called = to.called || from.called;
    to.calls = std::max(to.calls, from.calls);
    to.uncounted = to.uncounted || from.uncounted;
    to.attention_calls.insert(to.attention_calls.end(), from.attention_calls.begin(),
                              from.attention_calls.end());
    if (from.product_elements == 0) continue;
    to.product_elements = checked_add(to.product_elements, from.product_elements);
    to.frozen = from.frozen && (first || to.frozen);
    to.expert = to.expert || from.expert;
    to.head = to.head || from.head;
    to.shared = to.shared || from.shared;
  }
  return out;
}

}  // namespace flopwatch::audits
