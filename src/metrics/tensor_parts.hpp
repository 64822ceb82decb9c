// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

/// \file
/// Tensor-core counters that somebody else chose: which of them count the same operations, and which are a
/// part of what ran.

namespace flopwatch::metrics {

/// Those of `names` that count some operations of another one without being contained in it (one by
/// instruction beside one by sparsity): the sum of all would count these twice, and the sum without them
/// counts each once.
[[nodiscard]] std::vector<std::string> overlapping_parts(std::span<std::string const> names);

/// Those of `names` that are a part of a counter that is not there, where the other parts are not there
/// either: one instruction, or sparse operations without the dense ones.
[[nodiscard]] std::vector<std::string> lone_parts(std::span<std::string const> names);

}  // namespace flopwatch::metrics
