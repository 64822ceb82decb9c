// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/capture.hpp"

/// \file
/// Made-up captures of which a report says what is not there.

namespace flopwatch::test {

/// The scope "prefill" around a call of the root: 1,000 MACs in the root, 299 outside it.
[[nodiscard]] capture_data scope_around_root();
/// Without operators: launches of which some were not measured, some counted together without a value, some
/// ran in a CUDA graph, and some lack the counters of the tensor cores.
[[nodiscard]] capture_data launches_without_counts();
/// A formula, and neither operators nor counters.
[[nodiscard]] capture_data formula_alone();
/// A module without any arithmetic, whose operators were observed.
[[nodiscard]] capture_data no_arithmetic();

}  // namespace flopwatch::test
