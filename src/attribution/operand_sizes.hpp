// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace flopwatch::attribution_detail {

struct operand_size {
  std::size_t rank = 0;
  std::int64_t elements = 0;
};

/// The tensors in the text of an operator call's shapes, "[2304] [640,768] [768,2304]". Empty for a text that
/// has none, or numbers that are no sizes.
[[nodiscard]] std::vector<operand_size> operand_sizes(std::string_view shapes);

/// One operand, or one and a vector, together have as many elements as a module's parameters: its weight, and
/// its bias.
[[nodiscard]] bool has_parameters(std::vector<operand_size> const& operands, std::int64_t parameters);

}  // namespace flopwatch::attribution_detail
