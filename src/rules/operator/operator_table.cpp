// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/operator_table.hpp"

#include <algorithm>
#include <stdexcept>

namespace flopwatch::operator_rules {
namespace {

constexpr std::string_view blanks = " \n\t";

operator_table build() {
  operator_table t;
  add_matmul_rules(t);
  add_linear_rules(t);
  add_scaled_product_rules(t);
  add_convolution_rules(t);
  add_convolution_backward_rules(t);
  add_attention_rules(t);
  add_attention_backward_rules(t);
  add_flex_attention_rules(t);
  add_recurrent_rules(t);
  add_recurrent_cell_rules(t);
  add_elementwise_rules(t);
  add_scaled_elementwise_rules(t);
  add_foreach_rules(t);
  add_optimizer_rules(t);
  add_reduction_rules(t);
  add_softmax_rules(t);
  add_norm_rules(t);
  add_norm_backward_rules(t);
  add_pooling_rules(t);
  add_loss_rules(t);
  add_resample_rules(t);
  add_accumulate_rules(t);
  add_distance_rules(t);
  add_factorization_rules(t);
  add_solve_rules(t);
  add_fourier_rules(t);
  add_quantized_layer_rules(t);
  add_quantized_recurrent_rules(t);
  add_quantized_elementwise_rules(t);
  add_quantized_embedding_rules(t);
  add_packed_product_rules(t);
  add_onednn_rules(t);
  add_sparse_product_rules(t);
  add_vision_rules(t);
  add_collective_rules(t);
  add_ctc_rules(t);
  add_gradient_rules(t);
  add_resample_estimates(t);
  add_prims(t);
  add_unsupported(t);
  add_views(t);
  add_data_movement(t);
  add_selections(t);
  add_creation(t);
  add_bookkeeping(t);
  add_opened(t);
  return t;
}

/// Overloads that take dimensions by name turn them into numbers and call the operator itself.
bool names_dimensions(std::string_view overload) {
  return overload.find("imname") != std::string_view::npos ||
         overload.find("names") != std::string_view::npos;
}

/// PyTorch names a kernel that it puts in the place of an operator `_native::<operator>_<language>_<number>`,
/// with the operator's own arguments. \return the operator, empty for any other name
std::string replaced_operator(std::string_view name) {
  constexpr std::string_view space = "_native::";
  if (!name.starts_with(space)) return {};
  auto const number = name.rfind('_');
  if (number + 1 == name.size() || name.find_first_not_of("0123456789", number + 1) != name.npos) return {};
  auto const language = name.rfind('_', number - 1);
  if (language == name.npos || language <= space.size()) return {};
  return std::string(name.substr(space.size(), language - space.size()));
}

bool is_nested(operator_arg const& a) {
  auto const nested = [](tensor_arg const& t) { return t.defined && t.layout == tensor_layout::nested; };
  if (auto const* t = std::get_if<tensor_arg>(&a)) return nested(*t);
  auto const* list = std::get_if<std::vector<tensor_arg>>(&a);
  if (auto const* packed = std::get_if<packed_arg>(&a); packed != nullptr) list = &packed->tensors;
  return list != nullptr && std::any_of(list->begin(), list->end(), nested);
}

/// Rejects calls that no rule can count: those with a nested operand, and those whose operands do not fit
/// each other, which could give a negative count.
operator_rule_function guarded(operator_rule_function const& rule) {
  return [rule](operator_call const& call) {
    for (auto const& a : call.args) {
      if (is_nested(a)) throw rule_error("an operand is a nested tensor, whose sizes are unknown");
    }
    auto const result = rule(call);
    auto const& w = result.amount;
    if (w.macs < 0 || w.useful_macs < 0 || w.useful_macs > w.macs || w.other_flops < 0) {
      throw rule_error("the operands of the call do not fit each other");
    }
    return result;
  };
}

}  // namespace

void operator_table::add(std::string_view names, operator_entry const& entry) {
  for (auto at = names.find_first_not_of(blanks); at != std::string_view::npos;) {
    auto const end = names.find_first_of(blanks, at);
    auto const word = names.substr(at, end == std::string_view::npos ? end : end - at);
    std::string name(word);
    if (word.find("::") == std::string_view::npos) name.insert(0, "aten::");
    if (!entries_.try_emplace(name, entry).second) {
      throw std::logic_error("the operator tables name " + name + " twice");
    }
    at = end == std::string_view::npos ? end : names.find_first_not_of(blanks, end);
  }
}

void operator_table::counted(std::string_view names, arithmetic kind, operator_rule_function const& rule) {
  add(names, {operator_treatment::counted, kind, guarded(rule)});
}

void operator_table::estimated(std::string_view names, arithmetic kind, std::string_view why,
                               operator_rule_function const& rule) {
  auto const estimate = [rule = guarded(rule), why](operator_call const& call) {
    auto result = rule(call);
    result.note = why;
    return result;
  };
  add(names, {operator_treatment::counted, kind, estimate, why});
}

void operator_table::no_arithmetic(std::string_view names) {
  add(names, {operator_treatment::no_arithmetic, arithmetic::none, {}});
}

void operator_table::opened(std::string_view names) {
  add(names, {operator_treatment::opened, arithmetic::none, {}});
}

void operator_table::unsupported(std::string_view names, std::string_view why) {
  add(names, {operator_treatment::unknown, arithmetic::none, {}, why});
}

operator_entry const* operator_table::find(std::string_view name, std::string_view overload) const {
  if (names_dimensions(overload)) {
    static operator_entry const opened_entry{operator_treatment::opened, arithmetic::none, {}};
    return &opened_entry;
  }
  if (!overload.empty()) {
    std::string full(name);
    full.append(".").append(overload);
    if (auto const it = entries_.find(full); it != entries_.end()) return &it->second;
  }
  if (auto const it = entries_.find(name); it != entries_.end()) return &it->second;
  if (auto const replaced = replaced_operator(name); !replaced.empty()) {
    if (auto const it = entries_.find("_native::" + replaced); it != entries_.end()) return &it->second;
    // What an operator calls is not what the kernel in its place calls.
    auto const* of = find("aten::" + replaced, {});
    return of == nullptr || of->treatment == operator_treatment::opened ? nullptr : of;
  }
  if (name.ends_with('_') && !name.ends_with("__")) return find(name.substr(0, name.size() - 1), overload);
  return nullptr;
}

operator_table const& built_in_table() {
  static operator_table const table = build();
  return table;
}

}  // namespace flopwatch::operator_rules

namespace flopwatch {

operator_entry find_operator(std::string_view name, std::string_view overload) {
  auto const* entry = operator_rules::built_in_table().find(name, overload);
  return entry == nullptr ? operator_entry{} : *entry;
}

}  // namespace flopwatch
