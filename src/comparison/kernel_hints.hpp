// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace flopwatch::comparison_detail {

/// A kernel's name shows that it multiplies on the tensor cores. Names are hints for a sentence, never
/// a source of numbers.
[[nodiscard]] bool names_tensor_cores(std::string_view kernel);

/// A kernel's name shows a convolution by FFT or by Winograd's method, which need fewer multiplies.
[[nodiscard]] bool names_fft_or_winograd(std::string_view kernel);

}  // namespace flopwatch::comparison_detail
