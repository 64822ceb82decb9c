// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/nameless_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <unistd.h>

#include "flopwatch/error.hpp"

namespace flopwatch::cupti {
namespace {

[[noreturn]] void fail(std::string const& what) {
  throw capture_error("What was counted cannot be kept in a temporary file (" + what + ": " +
                      std::strerror(errno) + "); set TMPDIR to a folder with space.");
}

std::FILE* make_file() {
  std::error_code ignored;
  auto const folder = std::filesystem::temp_directory_path(ignored);
  auto path = (folder.empty() ? std::filesystem::path("/tmp") : folder).string() + "/flopwatch-XXXXXX";
  int const descriptor = mkstemp(path.data());
  if (descriptor < 0) fail(path);
  unlink(path.c_str());
  auto* const file = fdopen(descriptor, "w+b");
  if (file == nullptr) {
    close(descriptor);
    fail("fdopen");
  }
  return file;
}

}  // namespace

nameless_file::nameless_file() : file_(make_file()) {}

void nameless_file::write(void const* bytes, std::size_t count) {
  if (count != 0 && std::fwrite(bytes, 1, count, file_.get()) != count) fail("writing");
}

void nameless_file::read_from(long position) {
  if (std::fflush(file_.get()) != 0 || std::fseek(file_.get(), position, SEEK_SET) != 0) fail("writing");
}

void nameless_file::read(void* bytes, std::size_t count) {
  if (count != 0 && std::fread(bytes, 1, count, file_.get()) != count) fail("reading");
}

}  // namespace flopwatch::cupti
