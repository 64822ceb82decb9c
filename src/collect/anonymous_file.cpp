// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/anonymous_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <unistd.h>

#include "flopwatch/error.hpp"

namespace flopwatch::collect {
namespace {

[[noreturn]] void fail(std::string const& what) {
  throw capture_error("What was counted cannot be kept in a temporary file (" + what + ": " +
                      std::strerror(errno) + "); set TMPDIR to a folder with space.");
}

int make_file() {
  std::error_code ignored;
  auto const folder = std::filesystem::temp_directory_path(ignored);
  auto path = (folder.empty() ? std::filesystem::path("/tmp") : folder).string() + "/flopwatch-XXXXXX";
  int const descriptor = mkstemp(path.data());
  if (descriptor < 0) fail(path);
  unlink(path.c_str());
  return descriptor;
}

constexpr std::size_t buffer_bytes = std::size_t{1} << 16U;

}  // namespace

anonymous_file::anonymous_file() : descriptor_(make_file()) { unwritten_.reserve(buffer_bytes); }

anonymous_file::~anonymous_file() { close(descriptor_); }

void anonymous_file::write(void const* bytes, std::size_t count) {
  if (count == 0) return;
  make_room(count);
  auto const* const first = static_cast<unsigned char const*>(bytes);
  unwritten_.insert(unwritten_.end(), first, first + count);
  // No flush here: where it failed, the bytes would be added although the call throws.
}

void anonymous_file::make_room(std::size_t count) {
  if (unwritten_.size() + count > buffer_bytes) flush();
}

void anonymous_file::flush() {
  std::size_t done = 0;
  while (done < unwritten_.size()) {
    auto const n = pwrite(descriptor_, unwritten_.data() + done, unwritten_.size() - done, written_);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      unwritten_.erase(unwritten_.begin(), unwritten_.begin() + static_cast<std::ptrdiff_t>(done));
      fail("writing");
    }
    done += static_cast<std::size_t>(n);
    written_ += n;
  }
  unwritten_.clear();
}

void anonymous_file::read_at(std::int64_t position, void* bytes, std::size_t count) const {
  auto* to = static_cast<unsigned char*>(bytes);
  while (count > 0) {
    auto const n = pread(descriptor_, to, count, position);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = ENODATA;
    if (n <= 0) fail("reading");
    to += n;
    position += n;
    count -= static_cast<std::size_t>(n);
  }
}

void anonymous_file::read_from(long position) {
  flush();
  ahead_.clear();
  used_ = 0;
  read_to_ = position;
}

void anonymous_file::read(void* bytes, std::size_t count) {
  auto* to = static_cast<unsigned char*>(bytes);
  while (count > 0) {
    if (used_ == ahead_.size()) {
      ahead_.resize(buffer_bytes);
      used_ = 0;
      auto const n = pread(descriptor_, ahead_.data(), ahead_.size(), read_to_);
      ahead_.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
      if (n < 0 && errno == EINTR) continue;
      if (n == 0) errno = ENODATA;
      if (n <= 0) fail("reading");
      read_to_ += n;
    }
    auto const part = std::min(count, ahead_.size() - used_);
    std::copy_n(ahead_.begin() + static_cast<std::ptrdiff_t>(used_), part, to);
    used_ += part;
    to += part;
    count -= part;
  }
}

}  // namespace flopwatch::collect
