// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/tf32.hpp"

#include <ATen/Context.h>
#include <torch/version.h>

namespace flopwatch::torch_layer {

std::optional<bool> may_use_tf32(bool convolutions) noexcept {
  try {
    auto const& context = at::globalContext();
#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 11
    auto const operators = convolutions ? at::Float32Op::CONV : at::Float32Op::MATMUL;
    return context.float32Precision(at::Float32Backend::CUDA, operators) == at::Float32Precision::TF32;
#else
    return convolutions ? context.allowTF32CuDNN() : context.allowTF32CuBLAS();
#endif
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace flopwatch::torch_layer
