// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <pybind11/pybind11.h>

namespace flopwatch::python {

/// What the baseline's rules read from their modules, as whole numbers.
///
/// All throw what reading an attribute raises, or a TypeError or OverflowError for one that is no whole
/// number of 64 bits.
namespace rule_numbers {

using numbers = std::vector<std::int64_t>;

[[nodiscard]] numbers convolution(pybind11::handle module);    ///< groups, kernel sizes...
[[nodiscard]] numbers linear(pybind11::handle module);         ///< in_features
[[nodiscard]] numbers normalization(pybind11::handle module);  ///< has a learned scale: 0 or 1
[[nodiscard]] numbers softmax(pybind11::handle module);        ///< dim
[[nodiscard]] numbers upsample(pybind11::handle module);       ///< mode, as thop::upsample_mode
[[nodiscard]] numbers cell(pybind11::handle module);           ///< input size, hidden size, bias
[[nodiscard]] numbers layers(pybind11::handle module);         ///< those of a cell, layers, bidirectional

}  // namespace rule_numbers

}  // namespace flopwatch::python
