// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace flopwatch::torch_layer {

/// Whether products in fp32 may run in TF32, by PyTorch's settings now: the tensors do not say it. false
/// without CUDA; nullopt: the program has set both the older and the newer flags, and they differ. \param
/// convolutions those of convolutions, else of matrices
[[nodiscard]] std::optional<bool> may_use_tf32(bool convolutions) noexcept;

}  // namespace flopwatch::torch_layer
