// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <numeric>
#include <string>
#include <utility>

#include "flopwatch/audit.hpp"
#include "unit/synthetic/capture_builder.hpp"

/// \file
/// A made-up training step of a decoder: 6 tokens in 2 sequences of 3, 2 heads of 4, vocabulary 10, width 8.

namespace flopwatch::test {

struct synthetic_decoder {
  int layers = 2;
  bool tied = true;
  bool backward = true;
  std::int64_t scale = 1;  ///< of all MACs, and of tokens
};

class decoder_builder {
 public:
  explicit decoder_builder(synthetic_decoder const& s) : s_(s) {
    b_.data.info = info_without_gpu();
    auto const root = b_.placed_module(0, "", "Decoder");
    auto const table = b_.placed_module(root, "table", "Embedding");
    auto const stack = b_.placed_module(root, "layers", "ModuleList", rule_origin::none, 0);
    for (int i = 0; i < s.layers; ++i) layer(stack, std::to_string(i));
    auto const head = b_.placed_module(root, "head", "Linear");
    product(head, 8, 10);
    own(table, 80);
    own(head, 80);
    own(stack, s.layers * per_layer);
    own(root, s.layers * per_layer + (s.tied ? 80 : 160));
  }

  [[nodiscard]] analysis made() const { return analyse(b_.data); }
  capture_builder& builder() { return b_; }

  static constexpr std::int64_t per_layer = 8 + 64 + 96;

 private:
  void own(std::int64_t module, std::int64_t parameters) { b_.module_at(module).parameters = parameters; }

  [[nodiscard]] std::int64_t tokens() const { return 6 * s_.scale; }

  void product(std::int64_t scope, std::int64_t in, std::int64_t out) {
    auto const n = std::to_string(tokens());
    auto const i = std::to_string(in);
    auto const o = std::to_string(out);
    auto const macs = tokens() * in * out;
    b_.product(scope, "aten::linear", "[" + n + "," + i + "] [" + o + "," + i + "]", macs);
    if (!s_.backward) return;
    auto const gradients = b_.product(scope, "aten::mm", 2 * macs);
    b_.call_at(gradients).phase = phase::backward;
  }

  void layer(std::int64_t stack, std::string const& name) {
    auto const layer = b_.placed_module(stack, name, "Layer");
    auto const norm = b_.placed_module(layer, "norm", "LayerNorm");
    own(norm, 8);
    auto const attention = b_.placed_module(layer, "attention", "Attention");
    auto const projection = b_.placed_module(attention, "projection", "Linear");
    product(projection, 8, 8);
    own(projection, 64);
    own(attention, 64);
    // 2 sequences, 2 heads, 3 x 3 pairs, width 4 of keys and of values.
    auto const macs = 2 * 2 * 9 * 8 * s_.scale;
    auto const batch = std::to_string(2 * s_.scale);
    auto const shape = "[" + batch + ",2,3,4]";
    b_.product(attention, "aten::scaled_dot_product_attention", shape + " " + shape + " " + shape, macs);
    if (s_.backward) {
      auto const backward =
          b_.product(attention, "aten::_scaled_dot_product_flash_attention_backward", macs / 2 * 5);
      b_.call_at(backward).phase = phase::backward;
    }
    auto const feed = b_.placed_module(layer, "feed_forward", "Linear");
    product(feed, 8, 12);
    own(feed, 96);
    own(layer, per_layer);
  }

  synthetic_decoder s_;
  capture_builder b_;
};

inline analysis decoder(synthetic_decoder const& s = {}) { return decoder_builder(s).made(); }

inline audit_options claiming(std::vector<std::string> const& claims, std::int64_t tokens = 6) {
  audit_options out;
  for (auto const& c : claims) out.claims.push_back(parse_claim(c, tokens));
  return out;
}

inline std::map<std::string, std::int64_t> by_cause(audited_claim const& claim) {
  std::map<std::string, std::int64_t> out;
  for (auto const& c : claim.causes)
    out[std::string(to_string(c.kind))] += static_cast<std::int64_t>(c.flops);
  return out;
}

inline std::string refusal_of_audit(analysis const& a, audit_options const& options) {
  try {
    static_cast<void>(audit(a, model_of(a), options));
  } catch (usage_error const& e) {
    return e.what();
  }
  return "";
}

}  // namespace flopwatch::test
