// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "audit/ran.hpp"
#include "audit/shapes.hpp"
#include "audit/wide.hpp"

namespace flopwatch {
namespace audits {
namespace {

/// Elements of a module's own parameters: its own and below, less those of the modules below.
std::map<std::int64_t, std::int64_t> own_elements(capture_data const& capture) {
  std::map<std::int64_t, std::int64_t> all;
  for (auto const& m : capture.modules) all[m.id] = m.parameters;
  auto own = all;
  std::map<std::int64_t, std::int64_t> module_of_path;
  std::map<std::int64_t, std::vector<std::int64_t>> taken;
  for (auto const& p : capture.module_paths) {
    module_of_path[p.id] = p.module;
    if (p.parent == 0) continue;
    auto const parent = module_of_path[p.parent];
    auto& children = taken[parent];
    if (std::find(children.begin(), children.end(), p.module) != children.end()) continue;
    children.push_back(p.module);
    own[parent] -= all[p.module];
  }
  return own;
}

/// Derives what `audit_model` has from the modules and the shapes of operator calls.
class deriver {
 public:
  explicit deriver(analysis const& a) : a_(a) {}

  audit_model derive() {
    add_parameters();
    share_parameters();
    std::vector<unit_work> units(a_.tree.rows.size());
    add_calls(units);
    model_.layers = static_cast<std::int64_t>(find_layers(a_, units, 0).size());
    return std::move(model_);
  }

 private:
  void add_parameters() {
    auto const own = own_elements(a_.capture);
    std::map<std::int64_t, std::string> first_path;
    for (auto const& row : a_.tree.rows) {
      if (row.module == 0 || row.outside) continue;
      auto const elements = own.at(row.module);
      if (elements < 0) shared_.push_back(-elements);
      if (elements <= 0) continue;
      auto const [first, fresh] = first_path.emplace(row.module, row.path);
      add_row(row, elements, fresh ? "" : first->second);
    }
  }

  /// The parameter that a product multiplies, by its shape, and the rest.
  void add_row(module_row const& row, std::int64_t elements, std::string const& first) {
    auto rest = elements;
    std::int64_t weight_elements = 0;
    auto const add = [&](char const* name, std::int64_t n, parameter_role role) {
      auto const shared = first.empty() ? "" : first + "." + name;
      model_.parameters.push_back({row.path, name, n, role, true, is_expert(row), shared});
    };
    for (auto const c : row.operator_calls) {
      auto const& call = a_.capture.operator_calls[c];
      if (call.phase != phase::forward || call.total.macs == 0 || !audits::is_weight_operator(call.name))
        continue;
      auto const tensors = parse_shapes(call.shapes);
      auto const position = weight_position(call.name);
      if (tensors.size() <= position) continue;
      auto const n = elements_of(tensors[position]);
      if (n <= 0 || n > rest) continue;
      add(rest == elements ? "weight" : "weights", n, parameter_role::product);
      rest -= n;
      if (tensors[position].size() == 2) weight_elements = n;
    }
    add_tokens(row, weight_elements);
    bool const table = row.type.find("Embedding") != std::string::npos && rest == elements;
    if (rest > 0)
      add(table ? "weight" : "rest", rest, table ? parameter_role::lookup : parameter_role::vector);
  }

  /// Of all calls of a linear layer; the number of most layers is the one of the model.
  void add_tokens(module_row const& row, std::int64_t weight_elements) {
    if (weight_elements == 0) return;
    std::int64_t macs = 0;
    for (auto const c : row.operator_calls) {
      auto const& call = a_.capture.operator_calls[c];
      if (call.phase == phase::forward && is_weight_operator(call.name))
        macs = checked_add(macs, call.total.macs);
    }
    auto& votes = tokens_[macs / weight_elements];
    votes = add(votes, macs);
  }

  static bool is_expert(module_row const& row) {
    return row.path.find("experts") != std::string::npos && row.path.find("shared") == std::string::npos;
  }

  /// A module whose own elements would be negative has two modules below it that share a parameter.
  void share_parameters() {
    for (auto const elements : shared_) {
      auto const matches = [&](audit_parameter const& p) {
        return p.elements == elements && p.shared_with.empty();
      };
      auto const first = std::find_if(model_.parameters.begin(), model_.parameters.end(), matches);
      if (first == model_.parameters.end()) continue;
      auto const second = std::find_if(first + 1, model_.parameters.end(), matches);
      if (second != model_.parameters.end()) second->shared_with = first->module + "." + first->name;
    }
  }

  void add_calls(std::vector<unit_work>& units) {
    for (std::size_t r = 0; r < a_.tree.rows.size(); ++r) {
      for (auto const c : a_.tree.rows[r].operator_calls) {
        auto const& call = a_.capture.operator_calls[c];
        if (call.phase != phase::forward || !is_attention_operator(call.name)) continue;
        units[r].attention.forward = add(units[r].attention.forward, call.total.macs);
        auto const tensors = parse_shapes(call.shapes);
        if (tensors.size() < 3 || tensors[0].size() != 4 || tensors[1].size() != 4) continue;
        model_.heads = tensors[0][1];
        model_.key_heads = tensors[1][1];
        model_.head_size = tensors[0][3];
        model_.sequence_length = std::max(model_.sequence_length, tensors[1][2]);
      }
    }
    auto const most = std::max_element(tokens_.begin(), tokens_.end(),
                                       [](auto const& x, auto const& y) { return x.second < y.second; });
    if (most != tokens_.end()) model_.tokens = most->first;
  }

  analysis const& a_;
  audit_model model_;
  std::vector<std::int64_t> shared_;
  std::map<std::int64_t, audit_flops> tokens_;  ///< MACs of linear layers by their number of tokens
};

}  // namespace
}  // namespace audits

audit_model model_of(analysis const& a) { return audits::deriver(a).derive(); }

}  // namespace flopwatch
