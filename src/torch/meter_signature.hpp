// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <torch/nn/module.h>

namespace flopwatch::torch_layer {

/// Equal for steps that do the same work, as far as a look tells.
using step_signature = std::vector<std::int64_t>;

/// Adds what decides the work besides the inputs: modes, and the state of all modules and parameters below.
void sign_modes(step_signature& to);
void sign_modules(step_signature& to, torch::nn::Module const& root);
/// At the end of a step: which parameters have gradients.
void sign_gradients(step_signature& to, torch::nn::Module const& root);
/// How many autograd nodes this thread has made so far.
[[nodiscard]] std::int64_t nodes_made() noexcept;

}  // namespace flopwatch::torch_layer
