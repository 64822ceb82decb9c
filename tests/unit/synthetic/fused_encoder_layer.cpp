// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// nn.TransformerEncoderLayer(512, 8, 2048) on [4,128,512], twice, as its fused path runs it. Made up by hand,
// and taken through attribution and comparison.

#include <utility>

#include "unit/synthetic/analyses.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

constexpr std::int64_t tokens = 4LL * 128;
constexpr std::int64_t linear_macs = tokens * 512 * 2048;
constexpr std::int64_t projection_macs = tokens * 512 * 512;
constexpr std::int64_t score_macs = tokens * 128 * 512;

class encoder : public capture_builder {
 public:
  std::int64_t library(std::int64_t parent, std::string const& name, char const* type,
                       std::int64_t parameters, std::int64_t entries = 0,
                       rule_origin rule = rule_origin::none) {
    auto const id = placed_module(parent, name, type, rule, entries);
    module_at(id).library_type = true;
    module_at(id).parameters = parameters;
    return id;
  }

  void ruled(std::int64_t parent, std::string const& name, char const* type, std::int64_t parameters,
             formula_unit unit, std::int64_t amount) {
    auto const id = library(parent, name, type, parameters, 0, rule_origin::thop);
    formula(id, id, amount, 1, unit);
  }

  void layer(std::int64_t parent, std::string const& name) {
    auto const layer = library(parent, name, "TransformerEncoderLayer", 3152384, 1);
    auto const attention = library(layer, "self_attn", "MultiheadAttention", 1050624);
    library(attention, "out_proj", "NonDynamicallyQuantizableLinear", 262656);
    ruled(layer, "linear1", "Linear", 1050624, formula_unit::macs, linear_macs);
    ruled(layer, "linear2", "Linear", 1049088, formula_unit::macs, linear_macs);
    ruled(layer, "norm1", "LayerNorm", 1024, formula_unit::operations, tokens * 512 * 2);
    product(layer, "aten::addmm", "[1536] [512,512] [512,1536]", 3 * projection_macs);
    product(layer, "aten::bmm", "[32,128,64] [32,64,128]", score_macs);
    product(layer, "aten::bmm", "[32,128,128] [32,128,64]", score_macs);
    product(layer, "aten::addmm", "[512] [512,512] [512,512]", projection_macs);
    product(layer, "aten::addmm", "[2048] [512,512] [512,2048]", linear_macs);
    product(layer, "aten::addmm", "[512] [512,2048] [2048,512]", linear_macs);
  }
};

}  // namespace

analysis fused_encoder_layer() {
  encoder e;
  e.data.info = info_without_gpu("PyTorch 2.11.0");
  auto const root = e.placed_module(0, "", "Encoder");
  e.module_at(root).parameters = 6304768;
  auto const layers = e.library(root, "layers", "ModuleList", 6304768);
  e.module_at(layers).transparent = true;
  e.layer(layers, "0");
  e.layer(layers, "1");
  e.library(root, "unused", "Linear", 0, 0, rule_origin::thop);
  return analyse(std::move(e.data));
}

}  // namespace flopwatch::test
