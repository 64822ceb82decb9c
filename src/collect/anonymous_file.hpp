// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flopwatch::collect {

/// A file in the folder for temporary files that has no name and goes away with the process: for what must
/// not stay in memory, and goes into the capture at the end. Not thread-safe.
///
/// A child that is forked meanwhile shares the file, and must not write to it; that it ends, by exit() too,
/// changes nothing.
class anonymous_file {
 public:
  /// \throws capture_error when none can be made
  anonymous_file();
  ~anonymous_file();
  anonymous_file(anonymous_file const&) = delete;
  anonymous_file& operator=(anonymous_file const&) = delete;

  /// Adds at the end. \throws capture_error when the disk is full
  void write(void const* bytes, std::size_t count);
  /// Goes on reading at `position`, in bytes. \throws capture_error
  void read_from(long position);
  /// \throws capture_error when there are not so many
  void read(void* bytes, std::size_t count);

 private:
  void flush();

  int descriptor_;
  // Buffers of our own: those of stdio are written by every child that ends, to the one file of all.
  std::vector<unsigned char> unwritten_;
  std::int64_t written_ = 0;  ///< bytes in the file
  std::vector<unsigned char> ahead_;
  std::size_t used_ = 0;      ///< of `ahead_`
  std::int64_t read_to_ = 0;  ///< in the file, behind what is in `ahead_`
};

}  // namespace flopwatch::collect
