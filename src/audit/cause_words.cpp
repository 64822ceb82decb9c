// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/audit.hpp"

namespace flopwatch {
namespace {

struct cause_words {
  audit_cause_kind kind;
  std::string_view name;
  std::string_view short_text;
};

using enum audit_cause_kind;

constexpr std::array<cause_words, audit_cause_kind_count> all_cause_words{{
    {attention_left_out, "attention_left_out", "attention left out"},
    {attention_not_run, "attention_not_run", "attention in a layer without it"},
    {causal_counted_half, "causal_counted_half", "causal attention counted half"},
    {masked_left_out, "masked_left_out", "masked products left out"},
    {attention_length, "attention_length", "other attention length"},
    {attention_width, "attention_width", "other attention width"},
    {scores_computed_again, "scores_computed_again", "scores computed again"},
    {embedding_counted, "embedding_counted", "embedding counted"},
    {head_left_out, "head_left_out", "head left out"},
    {parameters_without_product, "parameters_without_product", "parameters without product"},
    {weights_left_out, "weights_left_out", "weights left out"},
    {shared_counted_twice, "shared_counted_twice", "shared parameter counted twice"},
    {shared_layer_counted_once, "shared_layer_counted_once", "shared layer counted once"},
    {experts_at_full_width, "experts_at_full_width", "experts at full width"},
    {expert_routing, "expert_routing", "expert routing"},
    {tokens_differ, "tokens_differ", "other number of tokens"},
    {module_not_run, "module_not_run", "module did not run"},
    {not_counted, "not_counted", "ran, and was not counted"},
    {frozen_layer, "frozen_layer", "frozen weights"},
    {gradient_not_computed, "gradient_not_computed", "gradient not computed"},
    {backward, "backward", "backward pass"},
    {recompute, "recompute", "recompute"},
    {products_left_out, "products_left_out", "other products left out"},
    {grouped_queries, "grouped_queries", "grouped queries"},
    {layer_shape, "layer_shape", "layer of another shape"},
    {other_arithmetic, "other_arithmetic", "other arithmetic counted"},
    {macs_for_flops, "macs_for_flops", "MACs for FLOPs"},
    {rounding, "rounding", "rounding"},
    {unexplained, "unexplained", "unexplained"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < all_cause_words.size(); ++i) {
    if (static_cast<std::size_t>(all_cause_words[i].kind) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::string_view to_string(audit_cause_kind k) noexcept {
  return all_cause_words[static_cast<std::size_t>(k)].name;
}

std::string_view short_text(audit_cause_kind k) noexcept {
  return all_cause_words[static_cast<std::size_t>(k)].short_text;
}

}  // namespace flopwatch
