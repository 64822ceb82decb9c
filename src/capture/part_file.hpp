// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "capture/target_path.hpp"

namespace flopwatch::capture_detail {

/// A descriptor with a lock that no other process, and nobody else in this one, holds on the same file. A
/// child that is forked gives up its share. Empty: none, or a file system without locks.
class file_lock {
 public:
  file_lock() = default;
  explicit file_lock(int descriptor);
  file_lock(file_lock&& o) noexcept : descriptor_(std::exchange(o.descriptor_, -1)) {}
  file_lock& operator=(file_lock&& o) noexcept {
    std::swap(descriptor_, o.descriptor_);
    return *this;
  }
  ~file_lock();

 private:
  int descriptor_ = -1;
};

/// The file in which a capture is written, beside the one that it will be: "run.flops.part". Nobody else
/// writes it while this lives. What a killed process left there is kept, as "run.flops.unfinished".
class part_file {
 public:
  /// Makes an empty file. \throws capture_error: see `resolve_target`; and where another process or writer is
  /// at the same path, or the file cannot be made
  part_file(std::filesystem::path const& path, existing what);

  /// Where to write.
  [[nodiscard]] std::filesystem::path const& path() const noexcept { return part_; }
  /// The capture is whole, and nothing has it open: it takes its place. \returns where it is
  /// \throws capture_error; then it stays in the part
  std::filesystem::path move_into_place();
  /// The same for a capture that is whole, but not what was asked for: it replaces nothing, and gets a name
  /// of its own where there is a file.
  std::filesystem::path move_beside();
  /// Takes the part away. Without it the file stays as it is.
  void discard() noexcept;

 private:
  std::string label_;
  std::filesystem::path target_;
  std::filesystem::path part_;
  existing what_;
  file_lock lock_;
};

}  // namespace flopwatch::capture_detail
