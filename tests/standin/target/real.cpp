// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "target/real.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <string>

namespace standin {
namespace {

std::atomic<bool> opened{false};

void* open_real() {
  char const* const chosen = std::getenv("STANDIN_REAL_CUPTI");
  std::string const path = chosen != nullptr && *chosen != '\0' ? chosen : STANDIN_DEFAULT_CUPTI;
  auto const slash = path.rfind('/');
  if (slash == std::string::npos) {
    std::fprintf(stderr, "stand-in CUPTI: STANDIN_REAL_CUPTI is no full path: '%s'\n", path.c_str());
    return nullptr;
  }
  auto const folder = path.substr(0, slash + 1);
  dlopen((folder + "libnvperf_host.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  dlopen((folder + "libnvperf_target.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) std::fprintf(stderr, "stand-in CUPTI: the real CUPTI: %s\n", dlerror());
  opened = library != nullptr;
  return library;
}

}  // namespace

void* real_function(char const* name) {
  static void* const library = open_real();
  return library == nullptr ? nullptr : dlsym(library, name);
}

bool real_is_open() { return opened; }

}  // namespace standin
