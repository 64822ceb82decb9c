// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/checked.hpp"

namespace flopwatch {

using shape = std::vector<std::int64_t>;

/// One call of a module as a formula rule sees it: shapes of the tensors among its positional
/// arguments (those inside tuples and optionals included, undefined ones as empty optional shapes left
/// out) and of the tensors it returned, in order.
struct module_call {
  std::string_view type;  ///< "Linear"
  std::vector<shape> inputs;
  std::vector<shape> outputs;
  /// Set when the first argument is a packed sequence: `inputs[0]` is then its data.
  struct packed_sequence {
    std::int64_t max_batch = 0;
    std::int64_t steps = 0;
  };
  std::optional<packed_sequence> packed;

  /// In the shape of a nested tensor: a size that varies, or that the tensor does not give.
  static constexpr std::int64_t ragged = -1;
  struct nested_tensor {
    std::size_t place = 0;  ///< in `inputs` or `outputs`
    std::int64_t elements = 0;
  };
  std::vector<nested_tensor> nested_inputs;
  std::vector<nested_tensor> nested_outputs;

  /// Elements of input or output `i`. \throws rule_error when there is no such tensor
  [[nodiscard]] std::int64_t input_elements(std::size_t i = 0) const {
    return elements(inputs, nested_inputs, i, "input");
  }
  [[nodiscard]] std::int64_t output_elements(std::size_t i = 0) const {
    return elements(outputs, nested_outputs, i, "output");
  }

 private:
  [[nodiscard]] static std::int64_t elements(std::vector<shape> const& shapes,
                                             std::vector<nested_tensor> const& nested, std::size_t i,
                                             char const* what) {
    if (i >= shapes.size())
      throw rule_error("the call has no " + std::string(what) + " tensor " + std::to_string(i));
    for (auto const& n : nested) {
      if (n.place == i) return n.elements;
    }
    return checked_product(shapes[i]);
  }
};

/// "[1,640,768] -> [1,640,2304]"; "*" for a ragged size
[[nodiscard]] std::string shapes_text(module_call const& call);

}  // namespace flopwatch
