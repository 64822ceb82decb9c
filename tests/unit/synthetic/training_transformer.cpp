// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/synthetic/training_transformer.hpp"

#include <string>

#include "flopwatch/diagnostics.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

constexpr char const* tensor_metric = "sm__ops_path_tensor_src_bf16_dst_fp32.sum";
constexpr char const* fused_metric = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum";
constexpr char const* added_metric = "sm__sass_thread_inst_executed_op_fadd_pred_on.sum";

class transformer {
 public:
  explicit transformer(transformer_sizes const& sizes) : sizes_(sizes) {
    auto& info = b_.data.info;
    info = info_without_gpu("PyTorch 2.11.0");
    info[info_key::device] = "cuda:0";
    info[info_key::gpu] = "a made-up GPU";
    info[info_key::measured] = "collected";
    info.erase(info_key::measured_reason);
    product_kernel_ = b_.kernel("sm90_gemm_bf16_128x256_tn(params)");
    attention_kernel_ = b_.kernel("flash_forward<causal>(params)");
    other_kernel_ = b_.kernel("vectorized_elementwise_kernel<4, gelu>(int, float*)");
    norm_kernel_ = b_.kernel("layer_norm<bf16>(int, float const*)");
    loose_kernel_ = b_.kernel("fused_bias_rotary(float*, int)");
  }

  capture_data build() && {
    auto const root = b_.placed_module(0, "", "Transformer");
    auto const embed = b_.placed_module(root, "embed", "Embedding");
    elementwise(embed, "aten::embedding", 0, phase::forward);
    auto const layers = b_.placed_module(root, "layers", "ModuleList", rule_origin::none, 0);
    for (int i = 0; i < sizes_.layers; ++i) layer(layers, i);
    auto const head = b_.placed_module(root, "head", "Linear", rule_origin::thop);
    linear(head, 768, 32000, false);
    if (sizes_.flawed) flaws(head);
    elementwise(0, "aten::_fused_adamw_", 4'000'000, phase::optimizer);
    for (auto& k : b_.data.kernels) k.demangled = k.display_name();
    return std::move(b_.data);
  }

 private:
  static constexpr std::int64_t tokens = 2048;

  void layer(std::int64_t above, int number) {
    std::int64_t const wide = sizes_.equal_layers ? 768 : 512 + number;
    bool const again = number == sizes_.layers - 1;
    auto const block = b_.placed_module(above, std::to_string(number), "Block");
    norm(b_.placed_module(block, "norm1", "LayerNorm", rule_origin::thop), wide);
    auto const attn = b_.placed_module(block, "attn", "CausalSelfAttention");
    linear(b_.placed_module(attn, "qkv", "Linear", rule_origin::thop), wide, 3 * wide, again);
    attention(attn, wide);
    linear(b_.placed_module(attn, "proj", "Linear", rule_origin::thop), wide, wide, again);
    norm(b_.placed_module(block, "norm2", "LayerNorm", rule_origin::thop), wide);
    auto const mlp = b_.placed_module(block, "mlp", "Mlp");
    linear(b_.placed_module(mlp, "fc1", "Linear", rule_origin::thop), wide, 4 * wide, again);
    elementwise(b_.placed_module(mlp, "act", "GELU"), "aten::gelu", 8 * tokens * wide, phase::forward);
    linear(b_.placed_module(mlp, "fc2", "Linear", rule_origin::thop), 4 * wide, wide, again);
    b_.placed_module(block, "drop", "Dropout");
  }

  void product(std::int64_t scope, std::string const& name, std::string const& shapes, std::int64_t macs,
               std::int64_t useful, phase when, std::int64_t kernel) {
    auto const id = b_.product(scope, name, shapes, macs);
    auto& call = b_.call_at(id);
    call.total.useful_macs = useful;
    call.phase = when;
    call.precision = precision::bf16;
    launch(scope, id, kernel, when, 2 * macs + macs / 8, 0);  // tiles that are not full
  }

  void linear(std::int64_t scope, std::int64_t in, std::int64_t out, bool again) {
    auto const macs = tokens * in * out;
    auto const shapes = "[" + std::to_string(tokens) + "," + std::to_string(in) + "] [" + std::to_string(in) +
                        "," + std::to_string(out) + "]";
    b_.module_at(scope).parameters = in * out;
    b_.formula(scope, scope, macs);
    product(scope, "aten::mm", shapes, macs, macs, phase::forward, product_kernel_);
    product(scope, "aten::mm", shapes + " dX", macs, macs, phase::backward, product_kernel_);
    product(scope, "aten::mm", shapes + " dW", macs, macs, phase::backward, product_kernel_);
    if (again) product(scope, "aten::mm", shapes, macs, macs, phase::recompute, product_kernel_);
  }

  void attention(std::int64_t scope, std::int64_t wide) {
    auto const macs = 2 * tokens * tokens * wide;
    auto const shapes = "[1,12," + std::to_string(tokens) + "," + std::to_string(wide / 12) + "] causal";
    product(scope, "aten::_scaled_dot_product_flash_attention", shapes, macs, macs / 2, phase::forward,
            attention_kernel_);
    product(scope, "aten::_scaled_dot_product_flash_attention_backward", shapes, 2 * macs, macs,
            phase::backward, attention_kernel_);
  }

  void norm(std::int64_t scope, std::int64_t wide) {
    b_.formula(scope, scope, 2 * tokens * wide, 1, formula_unit::operations);
    elementwise(scope, "aten::native_layer_norm", 8 * tokens * wide, phase::forward);
    elementwise(scope, "aten::native_layer_norm_backward", 12 * tokens * wide, phase::backward);
  }

  void elementwise(std::int64_t scope, std::string const& name, std::int64_t flops, phase when) {
    auto const id = b_.elementwise(scope, name, flops);
    b_.call_at(id).phase = when;
    launch(scope, id, name.find("norm") == std::string::npos ? other_kernel_ : norm_kernel_, when, 0, flops);
  }

  void launch(std::int64_t scope, std::int64_t call, std::int64_t kernel, phase when,
              std::int64_t tensor_flops, std::int64_t other_flops) {
    auto& g = b_.launch(scope, call, kernel,
                        {{tensor_metric, tensor_flops}, {fused_metric, other_flops / 2}, {added_metric, 0}});
    g.phase = when;
    g.launches = sizes_.launches;
  }

  void flaws(std::int64_t head) {
    b_.unsupported(head, "mylib::fused_loss");
    b_.launch(head, 0, loose_kernel_, {{fused_metric, 5'000'000}, {tensor_metric, 0}}).launches = 3;
    auto& unmeasured = b_.launch(head, 0, loose_kernel_, {});
    unmeasured.plan = 0;
    b_.data.losses.push_back(make_loss(loss::launches_elsewhere, 2));
    b_.data.losses.push_back(make_loss(loss::counters_failed, 1));
  }

  transformer_sizes sizes_;
  capture_builder b_;
  std::int64_t product_kernel_ = 0, attention_kernel_ = 0, other_kernel_ = 0, norm_kernel_ = 0,
               loose_kernel_ = 0;
};

}  // namespace

capture_data training_transformer(transformer_sizes const& sizes) { return transformer(sizes).build(); }

}  // namespace flopwatch::test
