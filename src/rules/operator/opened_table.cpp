// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {

/// Not registered as composite, but all their arithmetic is in operators that they call through the
/// dispatcher.
void add_opened(operator_table& table) {
  table.opened(R"(
    _native_multi_head_attention _transformer_encoder_layer_fwd einsum _trilinear dist allclose _euclidean_dist
    affine_grid_generator kron linalg_pinv
    onnx::Attention onnx::RotaryEmbedding flex_lib::zeros_and_scatter inductor::accumulate_grad
    quantized_decomposed::_choose_qparams_per_token_asymmetric_impl quantized_decomposed::choose_qparams
    quantized_decomposed::choose_qparams_per_token quantized_decomposed::choose_qparams_per_token_asymmetric
    quantized_decomposed::choose_qparams_symmetric quantized_decomposed::convert_element_type
    quantized_decomposed::dequantize_per_channel quantized_decomposed::dequantize_per_channel_group
    quantized_decomposed::dequantize_per_tensor quantized_decomposed::dequantize_per_token
    quantized_decomposed::fake_quant_per_channel quantized_decomposed::quantize_per_channel
    quantized_decomposed::quantize_per_channel_group quantized_decomposed::quantize_per_tensor
    quantized_decomposed::quantize_per_token _quantized::_wrapped_linear_prepack
    _quantized::_wrapped_quantized_linear_prepacked _quantized::wrapped_quantized_linear
  )");
}

}  // namespace flopwatch::operator_rules
