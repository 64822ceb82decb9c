// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/capture.hpp"

namespace flopwatch::test {

/// A made-up step of training: two layers, the second computed again in the backward pass, and an optimizer
/// that multiplies matrices. Work in all four phases.
[[nodiscard]] capture_data training_step();

}  // namespace flopwatch::test
