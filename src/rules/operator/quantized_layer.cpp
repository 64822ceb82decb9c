// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <span>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/convolution_shape.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"
#include "rules/operator/quantized.hpp"

/// \file
/// Linear layers and convolutions whose weights are in an object that a library has packed.

namespace flopwatch::operator_rules {
namespace {

tensor_arg const& weight_of(packed_arg const& packed) {
  if (packed.tensors.empty() || !packed.tensors.front().defined)
    throw rule_error("the packed weight is unknown");
  return packed.tensors.front();
}

bool is_biased(packed_arg const& packed) { return packed.tensors.size() > 1 && packed.tensors[1].defined; }

/// What surrounds the product of a layer whose weights are quantized.
enum class frame {
  quantized,  ///< its input and its result are, too: the sums are scaled to the result's steps; the bias is
              ///< an integer
  real,       ///< it quantizes its input, scales its sums to real numbers, and adds a real bias
};

operator_work layer_work(tensor_arg const& input, packed_arg const& packed, std::int64_t macs,
                         std::int64_t outputs, frame around) {
  auto const weight = weight_of(packed).dtype;
  std::int64_t const bias = is_biased(packed) ? outputs : 0;
  if (weight != scalar_type::quantized) return product_work(input.dtype, macs, {.adds = bias});
  auto flops = outputs;
  if (around == frame::real) {
    flops = checked_add(checked_add(flops, bias), checked_mul(input.elements(), quantize_flops));
  }
  return int8_work(macs, flops);
}

struct layer_positions {
  std::size_t packed = 1;
  frame around = frame::quantized;
  std::int64_t more_flops = 0;  ///< for each result: of a fused activation or addend
};

void add_flops(operator_work& work, std::int64_t outputs, std::int64_t each) {
  work.amount.other_flops = checked_add(work.amount.other_flops, checked_mul(outputs, each));
}

/// X [...,K], weight [N,K]
operator_rule_function quantized_linear(layer_positions const& at) {
  return [at](operator_call const& call) {
    auto const& input = dense_at(call, 0);
    auto const& packed = packed_at(call, at.packed);
    auto const& weight = weight_of(packed);
    if (input.rank() < 1 || weight.rank() != 2 || size_of(input, -1) != weight.sizes[1]) {
      throw rule_error("the inner sizes of the product differ");
    }
    auto const rows = checked_product(std::span(input.sizes).first(input.sizes.size() - 1));
    auto const outputs = checked_mul(rows, weight.sizes[0]);
    auto work = layer_work(input, packed, checked_mul(rows, weight.elements()), outputs, at.around);
    add_flops(work, outputs, at.more_flops);
    return work;
  };
}

/// Integers of a packed convolution: dimensions, then strides, paddings, dilations and output paddings, the
/// groups, and whether it is transposed.
struct convolution_integers {
  convolution_parameters of;
  std::int64_t groups = 1;
};

convolution_integers quantized_parameters(packed_arg const& packed) {
  auto const& all = packed.integers;
  auto const n = all.empty() || all[0] < 1 || all[0] > 3 ? std::size_t{0} : static_cast<std::size_t>(all[0]);
  if (n == 0 || all.size() < 4 * n + 3)
    throw rule_error("the parameters of the packed convolution are unknown");
  auto const part = [&](std::size_t i) {
    auto const first = all.begin() + static_cast<std::ptrdiff_t>(1 + i * n);
    return std::vector<std::int64_t>(first, first + static_cast<std::ptrdiff_t>(n));
  };
  return {{part(0), part(1), part(2), part(3), all[4 * n + 2] != 0}, all[4 * n + 1]};
}

/// Of two dimensions: strides, paddings, [output paddings,] dilations, groups.
convolution_integers float_parameters(packed_arg const& packed, bool transposed) {
  auto const& all = packed.integers;
  if (all.size() < (transposed ? 9U : 7U))
    throw rule_error("the parameters of the packed convolution are unknown");
  auto const part = [&](std::size_t i) { return std::vector<std::int64_t>{all[2 * i], all[2 * i + 1]}; };
  if (transposed) return {{part(0), part(1), part(3), part(2), true}, all[8]};
  return {{part(0), part(1), part(2), {0, 0}, false}, all[6]};
}

/// A convolution of one dimension is packed as one of two, with height 1.
tensor_arg as_wide(tensor_arg input, tensor_arg const& weight, bool one_dimension) {
  auto const places = static_cast<std::ptrdiff_t>(input.sizes.size()) - 1;
  if (one_dimension && places >= 1 && weight.rank() == 4) input.sizes.insert(input.sizes.begin() + places, 1);
  return input;
}

operator_work quantized_convolution_work(operator_call const& call, layer_positions const& at,
                                         convolution_integers const& parameters) {
  auto const& input = dense_at(call, 0);
  auto const& packed = packed_at(call, at.packed);
  auto const& weight = weight_of(packed);
  if (weight.sizes.size() != parameters.of.stride.size() + 2) {
    throw rule_error("the weight of the convolution has the wrong rank");
  }
  bool const one_dimension = call.name.find("1d") != std::string_view::npos;
  auto const size =
      size_of_convolution(as_wide(input, weight, one_dimension), weight, parameters.of, parameters.groups);
  auto work = layer_work(input, packed, size.macs, size.output_elements, at.around);
  add_flops(work, size.output_elements, at.more_flops);
  return work;
}

operator_rule_function quantized_convolution(layer_positions const& at) {
  return [at](operator_call const& call) {
    return quantized_convolution_work(call, at, quantized_parameters(packed_at(call, at.packed)));
  };
}

operator_rule_function float_convolution(bool transposed) {
  return [transposed](operator_call const& call) {
    return quantized_convolution_work(call, {}, float_parameters(packed_at(call, 1), transposed));
  };
}

/// Only the blocks that are not zero are stored: the sixth tensor has their values, and the last two integers
/// are the rows and columns of the weight.
operator_rule_function block_sparse_linear(frame around) {
  return [around](operator_call const& call) {
    auto const& input = dense_at(call, 0);
    auto const& packed = packed_at(call, 1);
    if (packed.tensors.size() < 6 || packed.integers.size() < 2 || !packed.tensors[5].defined) {
      throw rule_error("the stored blocks of the packed weight are unknown");
    }
    auto const rows =
        checked_product(std::span(input.sizes).first(input.sizes.empty() ? 0 : input.sizes.size() - 1));
    auto const outputs = checked_mul(rows, packed.integers[packed.integers.size() - 2]);
    packed_arg const as_linear{
        {{.sizes = packed.tensors[5].sizes, .dtype = scalar_type::quantized}, packed.tensors[0]}, {}};
    return layer_work(input, as_linear, checked_mul(rows, packed.tensors[5].elements()), outputs, around);
  };
}

}  // namespace

void add_quantized_layer_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  constexpr layer_positions dynamic{.around = frame::real};
  table.counted("quantized::linear quantized::linear_relu _quantized::linear", kind, quantized_linear({}));
  table.counted("quantized::linear_leaky_relu quantized::linear_tanh", kind,
                quantized_linear({.more_flops = 1}));
  table.counted(
      "quantized::linear_dynamic quantized::linear_relu_dynamic _quantized::linear_dynamic "
      "quantized::linear_dynamic_fp16 quantized::linear_relu_dynamic_fp16",
      kind, quantized_linear(dynamic));
  table.counted(
      "quantized::linear_with_input_q_dq_qweight_dq_output_fp32 "
      "quantized::linear_with_input_q_dq_qweight_dq_relu_output_fp32",
      kind, quantized_linear({.packed = 3, .around = frame::real}));
  table.counted("prepacked::linear_clamp_run", kind, quantized_linear({}));
  table.counted("sparse::qlinear sparse::qlinear_relu", kind, block_sparse_linear(frame::quantized));
  table.counted("sparse::qlinear_dynamic sparse::qlinear_relu_dynamic", kind,
                block_sparse_linear(frame::real));
  table.counted(
      "quantized::conv1d quantized::conv1d_relu quantized::conv2d quantized::conv2d_relu quantized::conv3d "
      "quantized::conv3d_relu quantized::conv_transpose1d quantized::conv_transpose2d "
      "quantized::conv_transpose3d _quantized::conv2d _quantized::conv2d_relu _quantized::conv3d "
      "_quantized::conv3d_relu _quantized::conv_transpose1d _quantized::conv_transpose2d",
      kind, quantized_convolution({}));
  // The addend becomes a real number, then is added.
  table.counted("quantized::conv2d_add quantized::conv2d_add_relu", kind,
                quantized_convolution({.packed = 2, .more_flops = dequantize_flops + 1}));
  table.counted(
      "quantized::conv1d_dynamic quantized::conv2d_dynamic quantized::conv3d_dynamic "
      "quantized::conv_transpose1d_dynamic quantized::conv_transpose2d_dynamic "
      "quantized::conv_transpose3d_dynamic",
      kind, quantized_convolution(dynamic));
  table.counted("prepacked::conv2d_clamp_run mkldnn_prepacked::conv2d_run", kind, float_convolution(false));
  table.counted("prepacked::conv2d_transpose_clamp_run", kind, float_convolution(true));
}

}  // namespace flopwatch::operator_rules
