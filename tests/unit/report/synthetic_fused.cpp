// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// nn.TransformerEncoderLayer(512, 8, 2048) on [4,128,512], twice, as its fused path runs it. Made up by hand,
// and taken through attribution and comparison.

#include <utility>

#include "synthetic_analysis.hpp"

namespace flopwatch::synthetic {
namespace {

constexpr std::int64_t tokens = 4LL * 128;
constexpr std::int64_t linear_macs = tokens * 512 * 2048;
constexpr std::int64_t projection_macs = tokens * 512 * 512;
constexpr std::int64_t product_macs = tokens * 128 * 512;

/// Modules, each with one path and one scope of the same number.
class recording {
 public:
  std::int64_t add(std::int64_t parent, std::string const& name, module_record m, std::int64_t entries) {
    m.id = static_cast<std::int64_t>(c.modules.size()) + 1;
    m.opens_scope = true;
    std::string path = name;
    if (parent != 0 && !path_of(parent).empty()) path = path_of(parent) + "." + name;
    c.module_paths.push_back({m.id, parent, name, path, m.id});
    c.scopes.push_back({m.id, parent, path, m.type, m.id, 1, phase::forward, entries});
    c.modules.push_back(std::move(m));
    return c.modules.back().id;
  }

  std::int64_t library(std::int64_t parent, std::string const& name, char const* type,
                       std::int64_t parameters, std::int64_t entries = 0) {
    return add(parent, name, {0, type, true, false, true, rule_origin::none, "", parameters}, entries);
  }

  void ruled(std::int64_t parent, std::string const& name, char const* type, std::int64_t parameters,
             formula_unit unit, std::int64_t amount) {
    auto const id = add(parent, name, {0, type, true, false, true, rule_origin::thop, type, parameters}, 0);
    c.formula_calls.push_back({id, id, unit, 1, amount, ""});
  }

  void product(std::int64_t scope, char const* name, char const* shapes, std::int64_t macs) {
    operator_call_record r;
    r.id = static_cast<std::int64_t>(c.operator_calls.size()) + 1;
    r.scope = scope;
    r.name = name;
    r.shapes = shapes;
    r.arithmetic = arithmetic::multiply_add;
    r.precision = precision::fp32;
    r.calls = 1;
    r.total = {macs, macs, 0};
    c.operator_calls.push_back(std::move(r));
  }

  void layer(std::int64_t parent, std::string const& name) {
    auto const layer = library(parent, name, "TransformerEncoderLayer", 3152384, 1);
    auto const attention = library(layer, "self_attn", "MultiheadAttention", 1050624);
    library(attention, "out_proj", "NonDynamicallyQuantizableLinear", 262656);
    ruled(layer, "linear1", "Linear", 1050624, formula_unit::macs, linear_macs);
    ruled(layer, "linear2", "Linear", 1049088, formula_unit::macs, linear_macs);
    ruled(layer, "norm1", "LayerNorm", 1024, formula_unit::operations, tokens * 512 * 2);
    product(layer, "aten::addmm", "[1536] [512,512] [512,1536]", 3 * projection_macs);
    product(layer, "aten::bmm", "[32,128,64] [32,64,128]", product_macs);
    product(layer, "aten::bmm", "[32,128,128] [32,128,64]", product_macs);
    product(layer, "aten::addmm", "[512] [512,512] [512,512]", projection_macs);
    product(layer, "aten::addmm", "[2048] [512,512] [512,2048]", linear_macs);
    product(layer, "aten::addmm", "[512] [512,2048] [2048,512]", linear_macs);
  }

  capture_data c;

 private:
  std::string const& path_of(std::int64_t id) const {
    return c.module_paths[static_cast<std::size_t>(id - 1)].path;
  }
};

}  // namespace

analysis fused_encoder_layer() {
  recording r;
  r.c.info = {{info_key::created_utc, "2026-01-31T12:00:00Z"},
              {info_key::program, "flopwatch 0.1.0"},
              {info_key::framework, "PyTorch 2.11.0"},
              {info_key::formula, "thop 0.1.1 rules"},
              {info_key::device, "none"},
              {info_key::measured, "not collected"},
              {info_key::measured_reason, "this machine has no NVIDIA driver"},
              {info_key::synthetic, "yes"}};
  auto const root = r.add(0, "", {0, "Encoder", false, false, true, rule_origin::none, "", 6304768}, 1);
  auto const layers =
      r.add(root, "layers", {0, "ModuleList", true, true, true, rule_origin::none, "", 6304768}, 0);
  r.layer(layers, "0");
  r.layer(layers, "1");
  r.add(root, "unused", {0, "Linear", true, false, true, rule_origin::thop, "Linear", 0}, 0);
  return analyse(std::move(r.c));
}

}  // namespace flopwatch::synthetic
