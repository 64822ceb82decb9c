// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>

/// CUPTI opens libnvperf_host.so with RTLD_DEEPBIND, on which AddressSanitizer and ThreadSanitizer abort. A
/// program that exports this dlopen (-rdynamic) runs under both.
extern "C" __attribute__((visibility("default"))) void* dlopen(char const* path, int flags) {
  static auto* const next = reinterpret_cast<void* (*)(char const*, int)>(dlsym(RTLD_NEXT, "dlopen"));
  return next(path, flags & ~RTLD_DEEPBIND);
}
