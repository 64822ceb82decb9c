// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/convolution_shape.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"
#include "rules/operator/quantized.hpp"

/// \file
/// Operators of torchvision.

namespace flopwatch::operator_rules {
namespace {

/// Its place (2), four distances, four weights, and their products with four corners and their sum (7).
constexpr std::int64_t sample_flops = 2 + 4 + 4 + 7;

struct deformed {
  scalar_type dtype = scalar_type::f32;
  std::int64_t macs = 0;
  std::int64_t outputs = 0;
  std::int64_t samples = 0;  ///< one for each input channel, place of the kernel and of the result
  std::int64_t masked = 0;   ///< samples that are multiplied with a mask
};

/// (input, weight, offset, mask, bias, stride h, w, padding h, w, dilation h, w, groups, offset groups, use
/// mask) from `first` on.
deformed deformed_at(operator_call const& call, std::size_t first) {
  auto const& input = dense_at(call, first);
  auto const& weight = dense_at(call, first + 1);
  auto const pair = [&](std::size_t i) {
    return std::vector<std::int64_t>{integer_at(call, first + i), integer_at(call, first + i + 1)};
  };
  convolution_parameters const p{pair(5), pair(7), pair(9), {0, 0}, false};
  if (weight.rank() != 4 || input.rank() != 4)
    throw rule_error("an operand of the convolution has the wrong rank");
  auto const size = size_of_convolution(input, weight, p, integer_at(call, first + 11));
  deformed d{.dtype = input.dtype, .macs = size.macs, .outputs = size.output_elements};
  auto const kernel = checked_product({weight.sizes[2], weight.sizes[3]});
  auto const places = weight.sizes[0] == 0 ? 0 : size.output_elements / weight.sizes[0];
  d.samples = checked_product({places, input.sizes[1], kernel});
  d.masked = boolean_at(call, first + 13) ? d.samples : 0;
  return d;
}

operator_work deform_conv2d(operator_call const& call) {
  auto const d = deformed_at(call, 0);
  return product_work(
      d.dtype, d.macs,
      {.adds = checked_add(d.outputs, d.masked), .multiplies = checked_mul(d.samples, sample_flops)});
}

/// Gradients of the columns and of the weight are one product each. The columns are sampled again; of each
/// the gradients of four corners are a product and a sum, those of the offset two samples.
operator_work deform_conv2d_backward(operator_call const& call) {
  auto const d = deformed_at(call, 1);
  auto const samples = checked_mul(d.samples, 4 * sample_flops);
  return product_work(d.dtype, checked_mul(d.macs, 2),
                      {.adds = checked_add(d.outputs, checked_mul(d.masked, 3)), .multiplies = samples});
}

/// Samples of one bin. Without a given number it depends on the sizes of the boxes, which are values.
std::int64_t samples_at(operator_call const& call, std::size_t i) {
  auto const ratio = integer_at(call, i);
  if (ratio <= 0) throw rule_error("without sampling_ratio the number of samples depends on the boxes");
  return checked_mul(ratio, ratio);
}

/// [boxes, channels, bins]: a sample is four products and four adds (the weights serve all channels), and the
/// mean of a bin a divide.
operator_work roi_align(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const results = checked_product(
      {size_of(dense_at(call, 1), 0), size_of(input, 1), integer_at(call, 3), integer_at(call, 4)});
  auto const each = checked_add(checked_mul(samples_at(call, 5), 8), 1);
  return other_work(input.dtype, {.functions = checked_mul(results, each)});
}

/// Of integers (input, boxes, their scales and zero points, ...), in single precision. A sample adds up its
/// four weights too, and a bin subtracts the zero point as often, scales, divides and quantizes.
operator_work quantized_roi_align(operator_call const& call) {
  auto const results = checked_product({size_of(dense_at(call, 1), 0), size_of(dense_at(call, 0), 1),
                                        integer_at(call, 7), integer_at(call, 8)});
  auto const each = checked_add(checked_mul(samples_at(call, 9), 12), 4 + quantize_flops);
  return real_work(checked_mul(results, each));
}

/// As roi_align, with channels / bins channels for each bin.
operator_work position_sensitive_roi_align(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const results = checked_mul(size_of(dense_at(call, 1), 0), size_of(input, 1));
  auto const each = checked_add(checked_mul(samples_at(call, 5), 8), 1);
  return other_work(input.dtype, {.functions = checked_mul(results, each)});
}

/// Each sample gives four corners a product, a divide and an add.
operator_rule_function roi_align_backward(std::size_t ratio) {
  return [ratio](operator_call const& call) {
    auto const& gradient = dense_at(call, 0);
    return other_work(gradient.dtype,
                      {.functions = checked_product({gradient.elements(), samples_at(call, ratio), 12})});
  };
}

operator_work one_add_each(operator_call const& call) {
  auto const& gradient = dense_at(call, 0);
  return other_work(gradient.dtype, {.adds = gradient.elements()});
}

}  // namespace

void add_vision_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.counted("torchvision::deform_conv2d", arithmetic::multiply_add, deform_conv2d);
  table.estimated("torchvision::_deform_conv2d_backward", arithmetic::multiply_add,
                  "its products are exact; an estimate of its samples: as in the forward, four times",
                  deform_conv2d_backward);
  table.counted("torchvision::roi_align", kind, roi_align);
  table.counted("torchvision::ps_roi_align", kind, position_sensitive_roi_align);
  table.counted("torchvision::qroi_align", kind, quantized_roi_align);
  table.counted("torchvision::_roi_align_backward", kind, roi_align_backward(9));
  table.counted("torchvision::_ps_roi_align_backward", kind, roi_align_backward(6));
  table.counted("torchvision::_roi_pool_backward", kind, one_add_each);
  // nms orders boxes and compares how much they overlap.
  table.no_arithmetic("torchvision::nms torchvision::qnms torchvision::roi_pool torchvision::_cuda_version");
  table.unsupported("torchvision::ps_roi_pool torchvision::_ps_roi_pool_backward",
                    "the sizes of its bins depend on the boxes, which are values");
  table.unsupported("torchvision::box_iou_rotated",
                    "how many corners the overlap of two boxes has depends on the boxes, which are values");
}

}  // namespace flopwatch::operator_rules
