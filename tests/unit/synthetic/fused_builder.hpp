// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {

/// A made-up capture of a recording in two forwards: in the formula's own every module was called, in the
/// recorded one a fused path left some out. Those have scopes with no entries.
class fused_builder : public capture_builder {
 public:
  struct added {
    std::int64_t module, path, scope;
  };

  fused_builder() {
    auto const m = module("Root");
    root = {m, path(0, "", m), scope(0, "", m)};
  }

  added add(added const& parent, std::string const& name, std::string const& type,
            rule_origin rule = rule_origin::none, std::int64_t entries = 1) {
    auto const m = module(type, rule);
    auto const p = path(parent.path, name, m);
    return {m, p, scope(parent.scope, data.module_paths.back().path, m, entries)};
  }
  /// A module of the framework without a rule.
  added add_library(added const& parent, std::string const& name, std::string const& type,
                    std::int64_t entries = 1) {
    auto const m = add(parent, name, type, rule_origin::none, entries);
    module_at(m.module).library_type = true;
    return m;
  }
  /// A module that the recorded forward did not call; its rule gave `macs` in the formula's.
  added add_answered(added const& parent, std::string const& name, std::int64_t macs,
                     std::string const& type = "Linear") {
    auto const m = add(parent, name, type, type == "Linear" ? rule_origin::thop : rule_origin::custom, 0);
    formula(m.scope, m.module, macs);
    return m;
  }

  /// layer (TransformerEncoderLayer): 130 MACs in its own scope, of which two Linear layers have 40 each.
  added add_encoder_layer(added const& parent, std::string const& name) {
    auto const layer = add_library(parent, name, "TransformerEncoderLayer");
    auto const attention = add_library(layer, "self_attn", "MultiheadAttention", 0);
    auto const out = module("NonDynamicallyQuantizableLinear");
    module_at(out).library_type = true;
    path(attention.path, "out_proj", out);  // no forward calls it
    add_answered(layer, "linear1", 40);
    auto const drop = add(layer, "dropout", "Dropout", rule_origin::thop, 0);
    formula(drop.scope, drop.module, 0);
    add_answered(layer, "linear2", 40);
    auto const norm = add(layer, "norm1", "LayerNorm", rule_origin::thop, 0);
    formula(norm.scope, norm.module, 16, 1, formula_unit::operations);
    product(layer.scope, "aten::addmm", 120);
    product(layer.scope, "aten::bmm", 10);
    return layer;
  }

  added root;
};

}  // namespace flopwatch::test
