// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "audit/claim.hpp"
#include "text/nearest.hpp"
#include "text/printable.hpp"

namespace flopwatch {
namespace {

constexpr std::array<audit_convention, 13> conventions{{
    {"6N", "6 N tokens; N: all parameters, each once",
     "Hoffmann et al. 2022, Training Compute-Optimal Large Language Models, appendix F: FLOPs = 6 N D"},
    {"6N-no-embedding", "6 N tokens; N without embeddings",
     "Kaplan et al. 2020, Scaling Laws for Neural Language Models, section 2.1: C = 6 N"},
    {"6N-every-place", "6 N tokens; N: all parameters, shared ones at each place",
     "a sum over the names of a state dictionary"},
    {"6N-active", "6 N tokens; N with the active experts",
     "Jiang et al. 2024, Mixtral of Experts, section 2.1: active parameters"},
    {"2N", "2 N tokens; N: all parameters, each once",
     "Kaplan et al. 2020, section 2.1: forward pass of 2 N for each token"},
    {"2N-no-embedding", "2 N tokens; N without embeddings", "Kaplan et al. 2020, section 2.1"},
    {"2N-active", "2 N tokens; N with the active experts",
     "Jiang et al. 2024, Mixtral of Experts, section 2.1"},
    {"palm", "(6 N + 12 L H Q S) tokens",
     "Chowdhery et al. 2022, PaLM: Scaling Language Modeling with Pathways, appendix B"},
    {"palm-causal", "(6 N + 6 L H Q S) tokens",
     "PaLM, appendix B, with half of the attention: Dao 2023, FlashAttention-2, section 4.1"},
    {"palm-active", "(6 N + 12 L H Q S) tokens; N with the active experts",
     "PaLM, appendix B, with the active parameters of Jiang et al. 2024"},
    {"hfu", "(8 N + 16 L H Q S) tokens: every forward pass twice",
     "Narayanan et al. 2021, Efficient Large-Scale Language Model Training on GPU Clusters Using Megatron-LM, "
     "equation 3, with the head's forward pass twice as well"},
    {"chinchilla", "3 (embeddings + L (attention + feed-forward) + logits)",
     "Hoffmann et al. 2022, Training Compute-Optimal Large Language Models, appendix F"},
    {"floating_point_ops", "6 N tokens; N without embeddings",
     "transformers, Trainer.floating_point_ops; total_flos is its sum over steps"},
}};

}  // namespace

std::span<audit_convention const> audit_conventions() noexcept { return conventions; }

namespace audits {
namespace {

enum class counted_parameters : std::uint8_t { each_once, without_embeddings, every_place };
enum class attention_part : std::uint8_t { none, whole, half };

struct recipe {
  counted_parameters parameters = counted_parameters::each_once;
  attention_part attention = attention_part::none;
  pass_factors passes{};
  bool active = false;
  bool by_layer = false;
};

recipe recipe_of(std::string_view name) {
  recipe r;
  auto const has = [&](std::string_view part) { return name.find(part) != name.npos; };
  if (has("no-embedding") || name == "floating_point_ops")
    r.parameters = counted_parameters::without_embeddings;
  if (has("every-place")) r.parameters = counted_parameters::every_place;
  if (has("2N")) r.passes = {2, 0, 0};
  if (name == "hfu") r.passes = {2, 4, 2};
  if (has("palm") || name == "hfu") r.attention = attention_part::whole;
  if (name == "palm-causal") r.attention = attention_part::half;
  r.active = has("active");
  r.by_layer = name == "chinchilla";
  return r;
}

[[noreturn]] void refuse_name(std::string_view name) {
  std::vector<std::string> names;
  names.reserve(conventions.size());
  for (auto const& c : conventions) names.emplace_back(c.name);
  auto const near = text::nearest(name, names);
  throw usage_error(fmt::format(
      "there is no convention '{}'{}: they are {}; a number of your own is NAME=NUMBER",
      text::printable(name), near ? ", the nearest is '" + *near + "'" : "", fmt::join(names, ", ")));
}

/// Makes the claim of one convention.
class claim_maker {
 public:
  claim_maker(std::string_view name, analysis const& a, audit_model const& model, ran_table const& ran)
      : name_(name), a_(a), model_(model), ran_(ran), recipe_(recipe_of(name)) {
    claim_.passes = recipe_.passes;
    claim_.active_experts = recipe_.active;
    claim_.by_layer = recipe_.by_layer;
    claim_.half_attention = recipe_.attention == attention_part::half;
    claim_.units.resize(a.tree.rows.size());
    for (std::size_t r = 0; r < a.tree.rows.size(); ++r) claim_.unit_of_row.push_back(r);
  }

  claim_parts make() {
    need(model_.tokens, "tokens");
    if (recipe_.by_layer) {
      add_layers();
    } else {
      if (model_.parameters.empty())
        throw usage_error(fmt::format("{} needs parameters, and the capture has no module with any", name_));
      add_parameters();
      if (recipe_.attention != attention_part::none) add_attention();
    }
    return std::move(claim_);
  }

 private:
  void need(std::int64_t value, char const* what) const {
    if (value > 0) return;
    throw usage_error(
        fmt::format("{0} needs the number '{1}', which the capture does not show: give --{1}, or "
                    "the model in --model",
                    name_, what));
  }

  [[nodiscard]] audit_flops per_element(int factor) const { return mul(model_.tokens, factor); }

  bool is_counted(placed_parameter const& p) const {
    switch (recipe_.parameters) {
      case counted_parameters::every_place:
        return true;
      case counted_parameters::without_embeddings:
        return p.counted && !p.of_lookup;
      case counted_parameters::each_once:
        break;
    }
    return p.counted;
  }

  /// The part of the experts that are active, in whole FLOPs: those of a group of equal experts add up
  /// exactly.
  audit_flops active_part(placed_parameter const& p, audit_flops flops) {
    if (!recipe_.active || !p.parameter->expert) return flops;
    need(model_.experts, "experts");
    need(model_.active_experts, "active-experts");
    auto& before = active_before_[{p.parameter->elements, p.parameter->name}];
    auto const share = [&](audit_flops n) { return mul(n, model_.active_experts) / model_.experts; };
    auto const part = sub(share(add(before, flops)), share(before));
    before = add(before, flops);
    return part;
  }

  void add_parameters() {
    auto const factor = per_element(claim_.passes.all());
    for (auto const& p : ran_.parameters) {
      if (!is_counted(p)) continue;
      auto& unit = claim_.units[p.row];
      auto const flops = active_part(p, mul(p.parameter->elements, factor));
      if (p.multiplied) {
        unit.elements = add(unit.elements, p.parameter->elements);
        unit.weights = add(unit.weights, flops);
      } else if (p.parameter->role == parameter_role::lookup) {
        auto& part = p.counted ? unit.lookup : unit.shared_lookup;
        part = add(part, flops);
      } else if (p.parameter->role == parameter_role::product && !ran_.units[p.row].called) {
        unit.not_run = add(unit.not_run, flops);
      } else if (p.parameter->role == parameter_role::product) {
        unit.idle = add(unit.idle, flops);
      } else {
        unit.vector = add(unit.vector, flops);
      }
    }
  }

  void need_attention() const {
    need(model_.layers, "layers");
    need(model_.heads, "heads");
    need(model_.head_size, "head-size");
    need(model_.sequence_length, "sequence-length");
  }

  /// 12 H Q S for each token of a layer with 6 N, and in proportion; half of it for a causal mask. Layers
  /// that the model does not have are counted at the root.
  void add_attention() {
    need_attention();
    auto const width = mul(mul(model_.heads, model_.head_size), model_.sequence_length);
    auto flops = mul(width, per_element(2 * claim_.passes.all()));
    if (claim_.half_attention) flops /= 2;
    for (std::int64_t l = 0; l < model_.layers; ++l) {
      auto const at = static_cast<std::size_t>(l);
      auto& unit = claim_.units[at < ran_.layers.size() ? ran_.layers[at].attention : 0];
      unit.attention = add(unit.attention, flops);
    }
  }

  void join_rows_of(layer_rows const& layer) {
    std::vector<std::pair<std::size_t, std::size_t>> open{{layer.layer, layer.layer}};
    while (!open.empty()) {
      auto [r, unit] = open.back();
      open.pop_back();
      if (r == layer.attention) unit = r;
      claim_.unit_of_row[r] = unit;
      for (auto const child : a_.tree.rows[r].children) open.emplace_back(child, unit);
    }
  }

  void add_weights(std::size_t row, audit_flops elements) {
    auto& unit = claim_.units[row];
    unit.elements = add(unit.elements, elements);
    unit.weights = add(unit.weights, mul(elements, per_element(claim_.passes.all())));
  }

  /// Appendix F: each layer has 4 projections of hidden size to heads times head size, and 2 of hidden size
  /// to feed-forward size; softmax counts 3 for each score; embeddings count as a product.
  void add_layers() {
    need_attention();
    need(model_.hidden_size, "hidden-size");
    need(model_.feed_forward_size, "feed-forward-size");
    need(model_.vocabulary, "vocabulary");
    auto const width = mul(model_.heads, model_.head_size);
    auto const projections = mul(mul(width, model_.hidden_size), 4);
    auto const feed_forward = mul(mul(model_.hidden_size, model_.feed_forward_size), 2);
    auto const scores = mul(mul(model_.heads, model_.sequence_length), per_element(3));
    auto const products = mul(mul(width, model_.sequence_length), per_element(2 * claim_.passes.all()));
    for (std::int64_t l = 0; l < model_.layers; ++l) {
      auto const at = static_cast<std::size_t>(l);
      auto const layer = at < ran_.layers.size() ? ran_.layers[at] : layer_rows{};
      if (at < ran_.layers.size()) join_rows_of(layer);
      auto& unit = claim_.units[layer.attention];
      unit.attention = add(unit.attention, products);
      unit.softmax = add(unit.softmax, mul(scores, 3));
      add_weights(layer.attention, projections);
      add_weights(layer.layer, feed_forward);
    }
    auto const table = mul(model_.vocabulary, model_.hidden_size);
    std::size_t embedding = 0;
    std::size_t head = 0;
    for (auto const& p : ran_.parameters) {
      if (p.parameter->elements != table) continue;
      if (p.parameter->role == parameter_role::lookup && embedding == 0) embedding = p.row;
      if (p.multiplied) head = p.row;
    }
    claim_.units[embedding].lookup = mul(table, per_element(claim_.passes.all()));
    add_weights(head, table);
  }

  std::string_view name_;
  analysis const& a_;
  audit_model const& model_;
  ran_table const& ran_;
  recipe recipe_;
  claim_parts claim_;
  std::map<std::pair<std::int64_t, std::string>, audit_flops> active_before_;
};

}  // namespace

audit_flops unit_claim::total() const {
  auto const products = add(weights, attention);
  auto const tables = add(lookup, shared_lookup);
  auto const without_product = add(add(vector, idle), not_run);
  return add(add(products, tables), add(without_product, softmax));
}

audit_flops claim_parts::total() const {
  audit_flops out = 0;
  for (auto const& unit : units) out = add(out, unit.total());
  return out;
}

claim_parts convention_claim(std::string_view name, analysis const& a, audit_model const& model,
                             ran_table const& ran) {
  bool const known =
      std::any_of(conventions.begin(), conventions.end(), [&](auto const& c) { return c.name == name; });
  if (!known) refuse_name(name);
  return claim_maker(name, a, model, ran).make();
}

}  // namespace audits
}  // namespace flopwatch
