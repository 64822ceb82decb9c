// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Separate from the code that includes NVTX: its headers define this pointer weakly, as null, in each part of
// a program that includes them, and some versions cannot leave that out. This definition wins.
#include "recording/nvtx/injection.hpp"
#include "recording/nvtx/iteration_marks.hpp"

extern "C" {
extern __attribute__((visibility("default"))) int (*InitializeInjectionNvtx2_fnptr)(
    void const* (*get)(std::uint32_t table));
}
int (*InitializeInjectionNvtx2_fnptr)(void const* (*get)(std::uint32_t table)) =
    &flopwatch::detail::nvtx_injection::attach;

namespace flopwatch::detail::nvtx_injection {
void link() noexcept {}  // links this file into the program
}  // namespace flopwatch::detail::nvtx_injection
