// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/capture.hpp"

namespace flopwatch::test {

/// A made-up CUDA program without a framework, as an injected library records it: NVTX ranges of two domains,
/// launches with counters, and one kind of kernel that is left out because it waits for other devices.
[[nodiscard]] capture_data unobserved_program();

/// The same without that kind of kernel: every launch has counters.
[[nodiscard]] capture_data unobserved_measured_program();

}  // namespace flopwatch::test
