// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collect/anonymous_file.hpp"
#include "cupti/fork_guard.hpp"

namespace flopwatch::collect {

/// An anonymous file that a thread of its own writes, so that who fills it does not wait for the disk. The
/// thread begins with the first block. One thread calls at a time. In a forked child it can only be
/// destroyed.
class background_file {
 public:
  /// Bytes that wait in memory at most, or one block.
  static constexpr std::size_t most_waiting_bytes = std::size_t{64} << 20U;

  /// \throws capture_error when the file cannot be made
  background_file();
  ~background_file();
  background_file(background_file const&) = delete;
  background_file& operator=(background_file const&) = delete;

  /// Adds at the end; waits only for room in memory. After a failure it does nothing. \throws std::bad_alloc
  void write(std::vector<std::uint8_t> block);
  /// Waits until all is written. Until the next `write` only the caller uses the file.
  [[nodiscard]] anonymous_file& written() noexcept;
  /// Why a block could not be written; none after it was. "" where all were. After `written`.
  [[nodiscard]] std::string const& failure() const noexcept;
  /// Blocks that are whole in the file. After `written`.
  [[nodiscard]] std::size_t blocks() const noexcept;

 private:
  struct shared;
  std::unique_ptr<shared> shared_;
  cupti::fork_guard process_;
};

}  // namespace flopwatch::collect
