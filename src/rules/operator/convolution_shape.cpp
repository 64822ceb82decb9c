// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/convolution_shape.hpp"

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"

namespace flopwatch::operator_rules {
namespace {

std::int64_t output_size(std::int64_t input, std::int64_t kernel, convolution_parameters const& p,
                         std::size_t d) {
  auto const reach = checked_add(checked_mul(p.dilation[d], checked_sub(kernel, 1)), 1);
  auto const margin = checked_mul(p.padding[d], 2);
  if (p.transposed) {
    auto const spread = checked_mul(checked_sub(input, 1), p.stride[d]);
    return checked_add(checked_sub(checked_add(spread, reach), margin), p.output_padding[d]);
  }
  auto const room = checked_sub(checked_add(input, margin), reach);
  return room < 0 ? -1 : room / p.stride[d] + 1;
}

}  // namespace

convolution_size size_of_convolution(tensor_arg const& input, tensor_arg const& weight,
                                     convolution_parameters const& p, std::int64_t groups) {
  if (weight.rank() < 3) throw rule_error("the weight of the convolution has the wrong rank");
  auto const spatial = weight.sizes.size() - 2;
  bool const batched = input.sizes.size() == weight.sizes.size();
  if (!batched && input.sizes.size() + 1 != weight.sizes.size()) {
    throw rule_error("the input of the convolution has the wrong rank");
  }
  if (groups <= 0) throw rule_error("the convolution has no groups");
  auto const batch = batched ? input.sizes[0] : 1;
  auto const channels = input.sizes[batched ? 1 : 0];
  auto const expected = p.transposed ? weight.sizes[0] : checked_mul(weight.sizes[1], groups);
  if (channels != expected) throw rule_error("the channels of the convolution's input and weight differ");

  std::int64_t places = 1;
  bool empty = false;
  for (std::size_t d = 0; d < spatial; ++d) {
    if (p.stride[d] <= 0 || p.dilation[d] <= 0) throw rule_error("a stride or dilation is not positive");
    auto const in = input.sizes[input.sizes.size() - spatial + d];
    auto const out = output_size(in, weight.sizes[2 + d], p, d);
    // An empty input gives an empty output, if the framework accepts it.
    if (out < 0 && batch != 0) throw rule_error("the kernel is larger than the padded input");
    empty = empty || out <= 0;
    places = empty ? 0 : checked_mul(places, out);
  }
  auto const kernel = checked_product(std::span(weight.sizes).subspan(2));
  auto const output_channels = p.transposed ? checked_mul(weight.sizes[1], groups) : weight.sizes[0];
  convolution_size size;
  size.output_elements = checked_product({batch, output_channels, places});
  // Each input element of a transposed convolution is multiplied with every weight of its channel once.
  size.macs =
      checked_product({p.transposed ? input.elements() : size.output_elements, weight.sizes[1], kernel});
  return size;
}

}  // namespace flopwatch::operator_rules
