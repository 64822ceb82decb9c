// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/capture.hpp"

namespace flopwatch::test {

struct transformer_sizes {
  int layers = 24;
  bool equal_layers = true;  ///< otherwise each has a width of its own, and no two can be folded
  /// The launches of each operator call.
  std::int64_t launches = 1;
  bool flawed = true;  ///< with an operator that no rule counts, launches that are not measured, and a loss
};

/// A made-up step of training a transformer on a GPU, measured: 11 modules and 21 operator calls in each
/// layer, forward and backward, causal attention, tensor cores, a last layer that is computed again, and a
/// kernel outside the dispatcher.
[[nodiscard]] capture_data training_transformer(transformer_sizes const& sizes = {});

}  // namespace flopwatch::test
