// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/convolution_shape.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

std::vector<std::int64_t> values_at(operator_call const& call, int position, std::size_t n,
                                    std::int64_t otherwise) {
  if (position < 0) return std::vector<std::int64_t>(n, otherwise);
  return integers_at(call, static_cast<std::size_t>(position), n);
}

std::int64_t groups_of(tensor_arg const& input, tensor_arg const& weight, bool transposed) {
  bool const batched = input.sizes.size() == weight.sizes.size();
  auto const channels = input.sizes.size() < 2 ? 0 : input.sizes[batched ? 1 : 0];
  if (transposed || weight.sizes[1] == 0) return 1;
  return channels / weight.sizes[1];
}

/// `groups` < 0: the operator has no such argument; compute it from the channels.
operator_work convolution_work(operator_call const& call, convolution_positions const& at, bool transposed,
                               std::int64_t groups) {
  auto const& input = dense_at(call, at.input);
  auto const& weight = dense_at(call, at.weight);
  if (weight.rank() < 3) throw rule_error("the weight of the convolution has the wrong rank");
  auto const n = weight.sizes.size() - 2;
  convolution_parameters const p{values_at(call, at.stride, n, 1), values_at(call, at.padding, n, 0),
                                 values_at(call, at.dilation, n, 1),
                                 values_at(call, transposed ? at.output_padding : -1, n, 0), transposed};
  if (groups < 0) groups = groups_of(input, weight, transposed);
  auto const size = size_of_convolution(input, weight, p, groups);
  other_parts parts;
  auto const once_more = [&](std::int64_t& part) { part = checked_add(part, size.output_elements); };
  if (at.bias >= 0 && optional_tensor_at(call, static_cast<std::size_t>(at.bias)) != nullptr)
    once_more(parts.adds);
  if (at.addend >= 0) {
    (void)tensor_at(call, static_cast<std::size_t>(at.addend));
    once_more(parts.adds);
    if (at.addend_scale >= 0) {
      auto const scale = static_cast<std::size_t>(at.addend_scale);
      bool const plain = argument_at(call, scale).index() == 0 || is_number(call, scale, 1);
      if (!plain) once_more(parts.multiplies);
    }
  }
  return product_work(input.dtype, size.macs, parts);
}

/// For operators whose schema fixes the direction. `groups`: position, or -1 for no such argument.
operator_rule_function fixed(convolution_positions const& at, int groups) {
  return [at, groups](operator_call const& call) {
    return convolution_work(call, at, at.transposed,
                            groups < 0 ? -1 : integer_at(call, static_cast<std::size_t>(groups)));
  };
}

/// convolution and similar operators: (input, weight, bias, stride, padding, dilation, transposed,
/// output_padding, groups).
operator_work convolution(operator_call const& call) {
  constexpr convolution_positions at{
      .bias = 2, .stride = 3, .padding = 4, .dilation = 5, .output_padding = 7};
  return convolution_work(call, at, boolean_at(call, 6), integer_at(call, 8));
}

/// self [T,B,I], weight [k,I,O]: the kernel slides along the first dimension, time.
operator_work conv_tbc(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const& weight = dense_at(call, 1);
  if (input.rank() != 3 || weight.rank() != 3)
    throw rule_error("an operand of the convolution has the wrong rank");
  tensor_arg const in{.sizes = {input.sizes[1], input.sizes[2], input.sizes[0]}, .dtype = input.dtype};
  tensor_arg const w{.sizes = {weight.sizes[2], weight.sizes[1], weight.sizes[0]}, .dtype = weight.dtype};
  auto const size = size_of_convolution(in, w, {{1}, {integer_at(call, 3)}, {1}, {0}, false}, 1);
  return product_work(input.dtype, size.macs, {.adds = size.output_elements});
}

/// Rules do not get the name of the fused activation, so its arithmetic is not counted.
operator_work mkldnn_pointwise(operator_call const& call) {
  if (call.overload != "binary") {
    return fixed({.bias = 2, .stride = 4, .padding = 3, .dilation = 5}, 6)(call);
  }
  bool const in_place = call.name.ends_with('_');
  auto const first = static_cast<std::size_t>(in_place ? 1 : 0);
  convolution_positions const at{.input = first,
                                 .weight = 2,
                                 .bias = 3,
                                 .stride = 5,
                                 .padding = 4,
                                 .dilation = 6,
                                 .addend = in_place ? 0 : 1};
  return fixed(at, 7)(call);
}

}  // namespace

void add_convolution_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  table.counted("convolution _convolution convolution_overrideable", kind, convolution);
  table.counted("conv1d conv2d conv3d", kind,
                fixed({.bias = 2, .stride = 3, .padding = 4, .dilation = 5}, 6));
  // The padding of these is a string, which rules do not get; they call the operators above.
  table.opened("conv1d.padding conv2d.padding conv3d.padding");
  table.counted(
      "conv_transpose1d conv_transpose2d conv_transpose3d", kind,
      fixed({.bias = 2, .stride = 3, .padding = 4, .dilation = 7, .output_padding = 5, .transposed = true},
            6));
  table.counted("cudnn_convolution", kind, fixed({.stride = 3, .padding = 2, .dilation = 4}, 5));
  table.counted(
      "cudnn_convolution_transpose _mps_convolution_transpose", kind,
      fixed({.stride = 4, .padding = 2, .dilation = 5, .output_padding = 3, .transposed = true}, 6));
  table.counted("cudnn_convolution_relu miopen_convolution_relu", kind,
                fixed({.bias = 2, .stride = 3, .padding = 4, .dilation = 5}, 6));
  table.counted(
      "cudnn_convolution_add_relu miopen_convolution_add_relu", kind,
      fixed({.bias = 4, .stride = 5, .padding = 6, .dilation = 7, .addend = 2, .addend_scale = 3}, 8));
  table.counted("prim::mkldnn_convolution", kind,
                fixed({.bias = 2, .stride = 3, .padding = 4, .dilation = 5}, 6));
  table.counted("mkldnn_convolution miopen_convolution miopen_depthwise_convolution _mps_convolution", kind,
                fixed({.bias = 2, .stride = 4, .padding = 3, .dilation = 5}, 6));
  table.counted(
      "miopen_convolution_transpose mkldnn::_convolution_transpose_pointwise", kind,
      fixed({.bias = 2, .stride = 5, .padding = 3, .dilation = 6, .output_padding = 4, .transposed = true},
            7));
  table.counted("thnn_conv2d _slow_conv2d_forward slow_conv3d slow_conv3d_forward", kind,
                fixed({.bias = 3, .stride = 4, .padding = 5}, -1));
  table.counted("conv_depthwise3d _conv_depthwise2d slow_conv_dilated2d slow_conv_dilated3d", kind,
                fixed({.bias = 3, .stride = 4, .padding = 5, .dilation = 6}, -1));
  table.counted(
      "slow_conv_transpose2d slow_conv_transpose3d", kind,
      fixed({.bias = 3, .stride = 4, .padding = 5, .dilation = 7, .output_padding = 6, .transposed = true},
            -1));
  table.counted("_nnpack_spatial_convolution", kind, fixed({.bias = 2, .stride = 4, .padding = 3}, -1));
  table.counted("conv_tbc", kind, conv_tbc);
  table.counted("mkldnn::_convolution_pointwise", kind, mkldnn_pointwise);
}

}  // namespace flopwatch::operator_rules
