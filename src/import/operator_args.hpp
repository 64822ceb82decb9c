// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/operator/encoding.hpp"

namespace flopwatch::importing {

/// One argument of an operator call in a trace: the element of "Input Dims", "Input type" and "Concrete
/// Inputs" at its place.
struct traced_arg {
  std::string type;      ///< "float", "c10::BFloat16", "Scalar", "ScalarList", "TensorList", ""
  std::string concrete;  ///< "[16, 16]", "1", "False"; "" for tensors, None and what was not kept
  std::vector<std::vector<std::int64_t>> sizes;  ///< of the tensor, or of each tensor of a list
  bool is_list = false;                          ///< "Input Dims" has a list of shapes

  void clear() {
    type.clear();
    concrete.clear();
    sizes.clear();
    is_list = false;
  }
};

/// Appends it as the observer of the dispatcher would have written it. A value that the trace does not have
/// is opaque: a rule that needs it refuses the call.
void encode(traced_arg const& arg, args_encoder& out);

}  // namespace flopwatch::importing
