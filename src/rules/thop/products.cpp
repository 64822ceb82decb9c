// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/thop/products.hpp"

#include "rules/thop/tensors.hpp"

namespace flopwatch::thop {

std::int64_t convolution_macs(module_call const& call, std::span<std::int64_t const> kernel,
                              std::int64_t groups) {
  if (groups < 1) throw rule_error("a convolution needs at least one group");
  auto const channels = size_of(first_input(call), 1) / groups;
  return checked_product({call.output_elements(), channels, checked_product(kernel)});
}

std::int64_t linear_macs(module_call const& call, std::int64_t in_features) {
  return checked_mul(in_features, call.output_elements());
}

}  // namespace flopwatch::thop
