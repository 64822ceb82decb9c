// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace flopwatch::torch_layer {

/// Whether products in fp32 on a GPU may run in TF32, by PyTorch's settings now: the tensors do not say it.
/// Asks nothing of CUDA. \param convolutions those of convolutions, else of matrices
/// \returns nullopt where the program has set both the older and the newer flags, and they differ
[[nodiscard]] std::optional<bool> may_use_tf32(bool convolutions) noexcept;

}  // namespace flopwatch::torch_layer
