// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/capture.hpp"

namespace flopwatch::test {

/// A made-up model of `depth` modules, each in the one before, of which the innermost does a product of 1,000
/// MACs. With `whole_paths` every module has its path ("m.m.m"), otherwise an own short name.
[[nodiscard]] capture_data nested_modules(int depth, bool whole_paths);

}  // namespace flopwatch::test
