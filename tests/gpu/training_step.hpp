// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "gpu/known_counts.hpp"

namespace known_counts {

/// The launches of a training step of a transformer with four layers, in their order: kernels of known count
/// stand for its products, attention, normalisation, activations, additions, reductions and optimizer. As
/// numbers in `kernels`. \throws std::runtime_error when one of these kernels is missing
[[nodiscard]] std::vector<std::size_t> training_step(program const& kernels);

/// Launches them on the default stream, and waits, as a program does that reads its loss.
void launch_step(program const& kernels, std::vector<std::size_t> const& step);

}  // namespace known_counts
