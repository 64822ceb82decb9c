// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "flopwatch/capture.hpp"

namespace flopwatch::attribution_detail {

/// A kernel's name shows that it multiplies on the tensor cores. Names are hints for a sentence, never a
/// source of numbers.
[[nodiscard]] bool names_tensor_cores(std::string_view kernel);

/// A kernel's name shows a convolution by FFT or by Winograd's method, which need fewer multiplies.
[[nodiscard]] bool names_fft_or_winograd(std::string_view kernel);

/// Products of this precision run on the tensor cores if the GPU has them.
[[nodiscard]] bool runs_on_tensor_cores(precision p);

/// Among these are instructions that start work on the tensor cores, and some were executed.
[[nodiscard]] bool started_tensor_work(metric_sums const& sums);

/// These metrics count work of the tensor cores.
[[nodiscard]] bool has_tensor_metric(metric_sums const& sums);

}  // namespace flopwatch::attribution_detail
