// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What the CUDA driver and NVTX look for in this library.
#include <cstdint>

#include "inject/injected_session.hpp"
#include "recording/nvtx/injection.hpp"

#define FLOPWATCH_EXPORTED extern "C" __attribute__((visibility("default")))

/// The driver calls it while it is initialised.
FLOPWATCH_EXPORTED int InitializeInjection() {
  flopwatch::inject::cuda_begins();
  return 1;  // whatever happened: the program goes on
}

/// NVTX calls it at the first range of each part of the program that contains NVTX.
FLOPWATCH_EXPORTED int InitializeInjectionNvtx2(void const* (*get)(std::uint32_t table)) {
  if (!flopwatch::inject::begin_session()) return 0;
  return flopwatch::detail::nvtx_injection::attach(get);
}
