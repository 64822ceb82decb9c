// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>

namespace flopwatch::cupti {

/// A file in the folder for temporary files that has no name and goes away with the process: for what must
/// not stay in memory, and goes into the capture at the end. Not thread-safe.
class nameless_file {
 public:
  /// \throws capture_error when none can be made
  nameless_file();
  /// \throws capture_error when the disk is full
  void write(void const* bytes, std::size_t count);
  /// Goes on reading at `position`, in bytes. \throws capture_error
  void read_from(long position);
  /// \throws capture_error when there are not so many
  void read(void* bytes, std::size_t count);

 private:
  struct close_file {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
  };
  std::unique_ptr<std::FILE, close_file> file_;
};

}  // namespace flopwatch::cupti
