// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

/// \file
/// Reads back the sizes that a capture keeps of an operator call, "[2,16,64] [100,64]".

namespace flopwatch::audits {

using sizes = std::vector<std::int64_t>;

/// The tensors in their order, "-" as one without sizes; empty where the text has another form.
[[nodiscard]] std::vector<sizes> parse_shapes(std::string_view text);
/// 0 for a product that does not fit.
[[nodiscard]] std::int64_t elements_of(sizes const& s);

/// An operator that multiplies queries with keys and the weights with values.
[[nodiscard]] bool is_attention_operator(std::string_view name);
/// An operator whose second factor is a parameter, if its module has one: a linear layer, a convolution.
[[nodiscard]] bool is_weight_operator(std::string_view name);
/// Which tensor is the parameter in a forward call of it.
[[nodiscard]] std::size_t weight_position(std::string_view name);

}  // namespace flopwatch::audits
