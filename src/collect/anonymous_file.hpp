// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flopwatch::collect {

/// A file without a name in the folder for temporary files, deleted when the process ends. It holds what must
/// not stay in memory and is written to the capture at the end. Not thread-safe.
///
/// A child that is forked meanwhile shares the file and must not write to it. Its end, also by exit(),
/// changes nothing.
class anonymous_file {
 public:
  /// \throws capture_error when it cannot be made
  anonymous_file();
  ~anonymous_file();
  anonymous_file(anonymous_file const&) = delete;
  anonymous_file& operator=(anonymous_file const&) = delete;

  /// Adds at the end, all or nothing. \throws capture_error when the disk is full, and then adds nothing
  void write(void const* bytes, std::size_t count);
  /// After this the next write, of `count` bytes at most, needs no disk. \throws capture_error
  void make_room(std::size_t count);
  /// Moves what waits in memory into the file. \throws capture_error; what is not written yet waits on
  void flush();
  /// Drops what waits in memory.
  void forget_unwritten() noexcept { unwritten_.clear(); }
  /// Drops what was written behind the first `bytes`, also what waits in memory.
  void shorten(std::int64_t bytes) noexcept {
    unwritten_.clear();
    written_ = bytes;
  }
  /// Bytes that were flushed, from any thread: `count` from `position` on. \throws capture_error
  void read_at(std::int64_t position, void* bytes, std::size_t count) const;
  /// Continues reading at `position`, in bytes. \throws capture_error
  void read_from(long position);
  /// \throws capture_error when there are fewer
  void read(void* bytes, std::size_t count);

 private:
  int descriptor_;
  // Not stdio's buffers: every child that ends writes those to the shared file.
  std::vector<unsigned char> unwritten_;
  std::int64_t written_ = 0;  ///< bytes in the file
  std::vector<unsigned char> ahead_;
  std::size_t used_ = 0;      ///< of `ahead_`
  std::int64_t read_to_ = 0;  ///< in the file, after the bytes in `ahead_`
};

}  // namespace flopwatch::collect
