// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dlfcn.h>

#include "cupti/api.hpp"

namespace gpu_probes {

/// A function of the opened CUPTI that flopwatch itself does not call; nullptr when this copy lacks it.
template <class Function>
[[nodiscard]] Function* symbol_of(flopwatch::cupti::api const& cupti, char const* name) {
  void* const library = dlopen(cupti.path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  return library == nullptr ? nullptr : reinterpret_cast<Function*>(dlsym(library, name));
}

}  // namespace gpu_probes
