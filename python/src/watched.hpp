// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_map>

namespace flopwatch::python {

/// The module objects whose calls open scopes now, each with the module that is called: itself, or what a
/// compiled module wraps. Guarded by the GIL.
[[nodiscard]] std::unordered_map<void const*, void const*>& watched_modules();

}  // namespace flopwatch::python
