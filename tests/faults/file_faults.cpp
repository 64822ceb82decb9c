// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// Preloaded: one call on a file of the capture fails as asked, by the environment.
//
//   FILE_FAULTS_ON=run.flops     files whose name holds this
//   FILE_FAULT=pwrite64#3=28     the third such call answers errno 28 and does nothing; "#3+" and all later
//   ones FILE_FAULT_COUNTS=FILE       at the end: how often each call was made on such files

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <climits>

namespace {

constexpr std::array names{"open",   "open64",  "pwrite",    "pwrite64",   "write",  "read",
                           "pread",  "pread64", "fsync",     "fdatasync",  "rename", "renameat2",
                           "unlink", "fchmod",  "ftruncate", "ftruncate64"};
std::array<std::atomic<int>, names.size()> calls{};

int index_of(char const* name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::strcmp(names[i], name) == 0) return static_cast<int>(i);
  }
  return -1;
}

char const* setting(char const* name) {
  auto const* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_meant(char const* path) {
  auto const* const part = setting("FILE_FAULTS_ON");
  return *part != 0 && path != nullptr && std::strstr(path, part) != nullptr;
}

bool is_meant(int descriptor) {
  char link[64];
  char path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  int const before = errno;
  auto const size = ::readlink(link, path, sizeof path - 1);
  errno = before;
  if (size <= 0) return false;
  path[size] = 0;
  return is_meant(path);
}

/// Whether this call fails; sets errno.
bool fails(char const* name) {
  int const call = ++calls[static_cast<std::size_t>(index_of(name))];
  auto const* const fault = setting("FILE_FAULT");
  auto const length = std::strlen(name);
  if (std::strncmp(fault, name, length) != 0 || fault[length] != '#') return false;
  char* end = nullptr;
  long const at = std::strtol(fault + length + 1, &end, 10);
  bool const and_later = *end == '+';
  if (and_later) ++end;
  if (*end != '=' || !(call == at || (and_later && call > at))) return false;
  errno = std::atoi(end + 1);
  return true;
}

template <class F>
F next(char const* name, F /*like*/) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

struct counts_at_end {
  ~counts_at_end() {
    auto const* const file = setting("FILE_FAULT_COUNTS");
    if (*file == 0) return;
    auto* const out = std::fopen(file, "w");
    if (out == nullptr) return;
    for (std::size_t i = 0; i < names.size(); ++i) std::fprintf(out, "%s %d\n", names[i], calls[i].load());
    std::fclose(out);
  }
} const at_end;

}  // namespace

#define ON(name, where, ...)                      \
  if (is_meant(where) && fails(#name)) return -1; \
  return next(#name, &::name)(__VA_ARGS__)

#define OPEN(name)                                                                                       \
  extern "C" int name(char const* path, int flags, ...) {                                                \
    va_list more;                                                                                        \
    va_start(more, flags);                                                                               \
    auto const mode = va_arg(more, mode_t);                                                              \
    va_end(more);                                                                                        \
    if (is_meant(path) && fails(#name)) return -1;                                                       \
    return reinterpret_cast<int (*)(char const*, int, ...)>(dlsym(RTLD_NEXT, #name))(path, flags, mode); \
  }

extern "C" {
ssize_t pwrite(int d, void const* b, size_t n, off_t o) { ON(pwrite, d, d, b, n, o); }
ssize_t pwrite64(int d, void const* b, size_t n, off64_t o) { ON(pwrite64, d, d, b, n, o); }
ssize_t write(int d, void const* b, size_t n) { ON(write, d, d, b, n); }
ssize_t read(int d, void* b, size_t n) { ON(read, d, d, b, n); }
ssize_t pread(int d, void* b, size_t n, off_t o) { ON(pread, d, d, b, n, o); }
ssize_t pread64(int d, void* b, size_t n, off64_t o) { ON(pread64, d, d, b, n, o); }
int fsync(int d) { ON(fsync, d, d); }
int fdatasync(int d) { ON(fdatasync, d, d); }
int ftruncate(int d, off_t n) noexcept { ON(ftruncate, d, d, n); }
int ftruncate64(int d, off64_t n) noexcept { ON(ftruncate64, d, d, n); }
int fchmod(int d, mode_t m) noexcept { ON(fchmod, d, d, m); }
int rename(char const* a, char const* b) noexcept { ON(rename, a, a, b); }
int renameat2(int x, char const* a, int y, char const* b, unsigned f) noexcept {
  ON(renameat2, a, x, a, y, b, f);
}
int unlink(char const* a) noexcept { ON(unlink, a, a); }
}
OPEN(open)
OPEN(open64)
