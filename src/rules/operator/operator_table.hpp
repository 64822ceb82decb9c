// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "flopwatch/operator_rule.hpp"

/// \file
/// The tables behind `find_operator`. Each family of rules adds its rows; names are those of ATen
/// without "aten::" unless they carry a namespace, without the trailing underscore of in-place forms.

namespace flopwatch::operator_rules {

class operator_table {
 public:
  /// `names`: one or more, separated by white space. \throws std::logic_error for a name given twice
  void counted(std::string_view names, arithmetic kind, operator_rule_function const& rule);
  /// A rule that gives an estimate. `why`: what users read beside its calls; a literal.
  void estimated(std::string_view names, arithmetic kind, std::string_view why,
                 operator_rule_function const& rule);
  void no_arithmetic(std::string_view names);
  void opened(std::string_view names);
  /// Reviewed, and no rule can count them. `why`: as above.
  void unsupported(std::string_view names, std::string_view why);

  [[nodiscard]] operator_entry const* find(std::string_view name, std::string_view overload) const;

  /// All names with their entry, for listings and tests.
  template <typename Function>
  void for_each(Function&& f) const {
    for (auto const& [name, entry] : entries_) f(name, entry);
  }

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
  };
  void add(std::string_view names, operator_entry const& entry);

  std::unordered_map<std::string, operator_entry, text_hash, std::equal_to<>> entries_;
};

/// Built at first use.
[[nodiscard]] operator_table const& built_in_table();

void add_matmul_rules(operator_table& table);
void add_linear_rules(operator_table& table);
void add_scaled_product_rules(operator_table& table);
void add_convolution_rules(operator_table& table);
void add_convolution_backward_rules(operator_table& table);
void add_attention_rules(operator_table& table);
void add_attention_backward_rules(operator_table& table);
void add_flex_attention_rules(operator_table& table);
void add_recurrent_rules(operator_table& table);
void add_recurrent_cell_rules(operator_table& table);
void add_elementwise_rules(operator_table& table);
void add_scaled_elementwise_rules(operator_table& table);
void add_foreach_rules(operator_table& table);
void add_optimizer_rules(operator_table& table);
void add_reduction_rules(operator_table& table);
void add_softmax_rules(operator_table& table);
void add_norm_rules(operator_table& table);
void add_norm_backward_rules(operator_table& table);
void add_pooling_rules(operator_table& table);
void add_loss_rules(operator_table& table);
void add_resample_rules(operator_table& table);
void add_accumulate_rules(operator_table& table);
void add_distance_rules(operator_table& table);
void add_factorization_rules(operator_table& table);
void add_solve_rules(operator_table& table);
void add_fourier_rules(operator_table& table);
void add_quantized_layer_rules(operator_table& table);
void add_quantized_recurrent_rules(operator_table& table);
void add_quantized_elementwise_rules(operator_table& table);
void add_quantized_embedding_rules(operator_table& table);
void add_packed_product_rules(operator_table& table);
void add_onednn_rules(operator_table& table);
void add_sparse_product_rules(operator_table& table);
void add_vision_rules(operator_table& table);
void add_collective_rules(operator_table& table);
void add_ctc_rules(operator_table& table);
void add_gradient_rules(operator_table& table);
void add_resample_estimates(operator_table& table);
void add_prims(operator_table& table);
void add_unsupported(operator_table& table);
void add_views(operator_table& table);
void add_data_movement(operator_table& table);
void add_selections(operator_table& table);
void add_creation(operator_table& table);
void add_bookkeeping(operator_table& table);
void add_opened(operator_table& table);

}  // namespace flopwatch::operator_rules
