// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>

#include "audit/claim.hpp"
#include "audit/shapes.hpp"

namespace flopwatch::audits {
namespace {

using kinds = audit_cause_kind;

/// Where work ran that was not counted, such a cause is not known to be one.
bool says_that_less_ran(audit_cause_kind kind) noexcept {
  switch (kind) {
    case kinds::attention_not_run:
    case kinds::attention_length:
    case kinds::expert_routing:
    case kinds::tokens_differ:
    case kinds::module_not_run:
    case kinds::gradient_not_computed:
    case kinds::backward:
    case kinds::unexplained:
      return true;
    default:
      return false;
  }
}

/// Explains one unit: takes amounts off its difference until nothing, or `unexplained`, is left.
class unit_explainer {
 public:
  unit_explainer(claim_parts const& claim, unit_claim const& said, unit_work const& ran, std::size_t row,
                 capture_data const& capture, audit_model const& model, ran_table const& table,
                 std::vector<audit_cause>& out)
      : claim_(claim),
        said_(said),
        ran_(ran),
        row_(row),
        capture_(capture),
        model_(model),
        has_backward_(table.has_backward),
        root_calls_(table.root_calls),
        out_(out),
        left_(sub(said.total(), ran.total())) {}

  void explain() {
    take(kinds::embedding_counted, said_.lookup);
    take(kinds::shared_counted_twice, said_.shared_lookup);
    take(kinds::parameters_without_product, said_.vector);
    take(ran_.uncounted ? kinds::not_counted : kinds::parameters_without_product, said_.idle);
    take(kinds::module_not_run, said_.not_run);
    take(kinds::other_arithmetic, said_.softmax);
    explain_weights();
    explain_attention();
    take(kinds::products_left_out, -add(add(ran_.free.forward, ran_.free.backward), optimizer()));
    take(kinds::recompute, -ran_.free.recompute);
    take(kinds::unexplained, left_);
  }

 private:
  void take(audit_cause_kind kind, audit_flops amount) {
    if (amount == 0) return;
    bool const may_be_uncounted = ran_.uncounted && amount > 0 && says_that_less_ran(kind);
    out_.push_back({may_be_uncounted ? kinds::not_counted : kind, row_, amount});
    left_ = sub(left_, amount);
  }

  [[nodiscard]] audit_flops optimizer() const {
    return add(add(ran_.weights.optimizer, ran_.attention.optimizer), ran_.free.optimizer);
  }

  /// What the claim says in all passes for so many forward FLOPs.
  [[nodiscard]] audit_flops in_all_passes(audit_flops forward) const {
    return mul(forward, claim_.passes.all()) / claim_.passes.forward;
  }

  void explain_weights() {
    if (said_.elements == 0 && said_.weights == 0) return weights_not_counted();
    if (ran_.weights.forward == 0) return take(kinds::module_not_run, said_.weights);
    auto const per_element = mul(model_.tokens, claim_.passes.all());
    auto const more_elements = sub(said_.elements, ran_.product_elements);
    auto const of_shape = mul(more_elements, per_element);
    if (!claim_.active_experts || !ran_.expert) take(kind_of_shape(more_elements), of_shape);
    auto const for_all = mul(ran_.product_elements, per_element);
    auto const said_for_all = claim_.active_experts && ran_.expert ? said_.weights : for_all;
    take(kind_of_tokens(said_for_all), sub(said_for_all, in_all_passes(ran_.weights.forward)));
    weights_backward();
    take(kinds::recompute,
         sub(claim_.passes.recompute == 0 ? 0 : ran_.weights.forward, ran_.weights.recompute));
  }

  void weights_not_counted() {
    auto const kind = ran_.head     ? kinds::head_left_out
                      : ran_.shared ? kinds::shared_layer_counted_once
                                    : kinds::weights_left_out;
    take(kind, -add(ran_.weights.forward, ran_.weights.backward));
    take(kinds::recompute, -ran_.weights.recompute);
  }

  [[nodiscard]] audit_cause_kind kind_of_shape(audit_flops more_elements) const {
    if (!claim_.by_layer) return ran_.head ? kinds::head_left_out : kinds::weights_left_out;
    auto const missing_heads = model_.heads - model_.key_heads;
    auto const projections = mul(mul(missing_heads, model_.head_size), mul(model_.hidden_size, 2));
    return model_.key_heads > 0 && missing_heads > 0 && more_elements == projections ? kinds::grouped_queries
                                                                                     : kinds::layer_shape;
  }

  [[nodiscard]] audit_cause_kind kind_of_tokens(audit_flops said) const {
    auto const for_token = mul(ran_.product_elements, claim_.passes.forward);
    bool const whole_tokens = for_token > 0 && ran_.weights.forward % for_token == 0;
    if (ran_.expert) {
      // Experts that are one tensor: a token is multiplied with the part of one of them.
      bool const routed = whole_tokens || (for_token > 0 && model_.experts > 0 &&
                                           mul(ran_.weights.forward, model_.experts) % for_token == 0);
      if (!routed) return kinds::unexplained;
      return claim_.active_experts ? kinds::expert_routing : kinds::experts_at_full_width;
    }
    auto const ran = in_all_passes(ran_.weights.forward);
    bool const several_times = said > 0 && ran > said && ran % said == 0;
    if (several_times && ran_several_times()) return kinds::shared_layer_counted_once;
    return whole_tokens ? kinds::tokens_differ : kinds::unexplained;
  }

  /// In each call of the model.
  [[nodiscard]] bool ran_several_times() const { return root_calls_ == 0 || ran_.calls > root_calls_; }

  void weights_backward() {
    auto const& w = ran_.weights;
    if (claim_.passes.backward == 0) return take(kinds::backward, -w.backward);
    auto const missing = sub(mul(w.forward, 2), w.backward);
    if (!has_backward_) return take(kinds::backward, missing);
    if (!ran_.frozen) {
      // Each of the two products of a backward pass runs whole or not at all.
      if (missing == w.forward || w.backward == 0) take(kinds::gradient_not_computed, missing);
      return;
    }
    if (missing != w.forward && w.backward != 0) return;
    take(kinds::frozen_layer, w.forward);
    take(kinds::gradient_not_computed, sub(missing, w.forward));
  }

  void explain_attention() {
    auto const& ran = ran_.attention;
    if (said_.attention == 0) {
      take(kinds::attention_left_out, -add(ran.forward, ran.backward));
      take(kinds::recompute, -ran.recompute);
      return;
    }
    if (ran.forward == 0) return take(kinds::attention_not_run, said_.attention);
    auto said = said_.attention;
    if (claim_.half_attention) {
      take(kinds::causal_counted_half, -said);
      said = mul(said, 2);
    }
    auto const of_width = width_difference(said);
    take(kinds::attention_width, of_width.value_or(0));
    said = sub(said, of_width.value_or(0));
    take(of_width ? kind_of_length(said) : kinds::unexplained, sub(said, in_all_passes(ran.forward)));
    attention_backward();
    take(kinds::recompute, sub(claim_.passes.recompute == 0 ? 0 : ran.forward, ran.recompute));
  }

  /// Why attention of the right width is not what the formula says for tokens times sequence length pairs.
  [[nodiscard]] audit_cause_kind kind_of_length(audit_flops said) const {
    auto const formula_pairs = mul(model_.tokens, model_.sequence_length);
    if (formula_pairs == 0 || said % formula_pairs != 0) return kinds::unexplained;
    audit_flops queries = 0;
    audit_flops pairs = 0;
    for (auto const c : ran_.attention_calls) {
      auto const& call = capture_.operator_calls[c];
      auto const tensors = parse_shapes(call.shapes);
      auto const here = mul(mul(tensors[0][0], tensors[0][2]), call.calls);
      queries = add(queries, here);
      pairs = add(pairs, mul(here, tensors[1][2]));
    }
    if (mul(said / formula_pairs, pairs) != in_all_passes(ran_.attention.forward)) return kinds::unexplained;
    if (queries == model_.tokens) return kinds::attention_length;
    if (pairs != mul(queries, model_.sequence_length)) return kinds::unexplained;
    bool const several_times = queries > model_.tokens && queries % model_.tokens == 0;
    return several_times && ran_several_times() ? kinds::shared_layer_counted_once : kinds::tokens_differ;
  }

  /// Of queries with values of another width than heads times head size. nullopt where shapes do not show it,
  /// or calls differ.
  [[nodiscard]] std::optional<audit_flops> width_difference(audit_flops said) const {
    auto const formula_width = mul(mul(model_.heads, model_.head_size), 2);
    std::optional<audit_flops> width;
    for (auto const c : ran_.attention_calls) {
      auto const tensors = parse_shapes(capture_.operator_calls[c].shapes);
      bool const known = tensors.size() >= 3 && std::all_of(tensors.begin(), tensors.begin() + 3,
                                                            [](sizes const& s) { return s.size() == 4; });
      if (!known) return std::nullopt;
      auto const found = mul(tensors[0][1], add(tensors[0][3], tensors[2][3]));
      if (width && *width != found) return std::nullopt;
      width = found;
    }
    if (!width) return std::nullopt;
    auto const right = mul(said, *width);
    if (right % formula_width != 0) return std::nullopt;
    return sub(said, right / formula_width);
  }

  void attention_backward() {
    auto const& ran = ran_.attention;
    if (claim_.passes.backward == 0) return take(kinds::backward, -ran.backward);
    auto const missing = sub(mul(ran.forward, 2), ran.backward);
    if (!has_backward_) return take(kinds::backward, missing);
    if (ran.backward == 0) return take(kinds::gradient_not_computed, missing);
    // Scores are one of the two products of a forward pass.
    if (missing < 0 && missing == -scores_of_forward()) take(kinds::scores_computed_again, missing);
  }

  [[nodiscard]] audit_flops scores_of_forward() const {
    audit_flops out = 0;
    for (auto const c : ran_.attention_calls) {
      auto const& call = capture_.operator_calls[c];
      if (!is_attention_operator(call.name)) return 0;
      auto const tensors = parse_shapes(call.shapes);
      if (tensors.size() < 3 || tensors[0].empty() || tensors[2].empty()) return 0;
      auto const key_width = tensors[0].back();
      out = add(out, mul(mul(call.total.macs, 2), key_width) / (key_width + tensors[2].back()));
    }
    return out;
  }

  claim_parts const& claim_;
  unit_claim const& said_;
  unit_work const& ran_;
  std::size_t row_;
  capture_data const& capture_;
  audit_model const& model_;
  bool has_backward_;
  std::int64_t root_calls_;
  std::vector<audit_cause>& out_;
  audit_flops left_;
};

}  // namespace

void tidy(std::vector<audit_cause>& causes) {
  std::map<std::pair<std::size_t, audit_cause_kind>, audit_flops> sums;
  for (auto const& c : causes) {
    auto& sum = sums[{c.row, c.kind}];
    sum = add(sum, c.flops);
  }
  causes.clear();
  for (auto const& [key, flops] : sums) {
    if (flops != 0) causes.push_back({key.second, key.first, flops});
  }
  auto const size = [](audit_cause const& c) { return c.flops < 0 ? -c.flops : c.flops; };
  std::stable_sort(causes.begin(), causes.end(),
                   [&](auto const& a, auto const& b) { return size(a) > size(b); });
}

std::vector<audit_cause> explain(claim_parts const& claim, analysis const& a, audit_model const& model,
                                 ran_table const& ran) {
  auto const units = joined(ran, claim.unit_of_row);
  std::vector<audit_cause> out;
  for (std::size_t r = 0; r < units.size(); ++r) {
    if (claim.unit_of_row[r] != r) continue;
    unit_explainer(claim, claim.units[r], units[r], r, a.capture, model, ran, out).explain();
  }
  tidy(out);
  return out;
}

}  // namespace flopwatch::audits
