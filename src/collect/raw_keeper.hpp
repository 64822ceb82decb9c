// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <span>

#include "capture/raw_policy.hpp"
#include "capture/writer.hpp"
#include "collect/anonymous_file.hpp"

namespace flopwatch::collect {

/// The raw counter data of the chunks that a session reads, where the policy keeps it. Thread-safe
/// until `write`.
class raw_keeper {
 public:
  explicit raw_keeper(raw_choice choice) : policy_(choice) {}

  /// One decoded chunk; `chunk.id`, `kept` and `image_bytes` are set here. \throws capture_error
  void add(raw_chunk_record chunk, std::span<std::uint8_t const> image);

  /// \throws capture_error
  void write(capture_writer& writer);
  /// An image of a test is among them.
  [[nodiscard]] bool synthetic() const noexcept { return synthetic_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

 private:
  capture_detail::raw_policy policy_;
  std::mutex mutex_;
  anonymous_file chunks_;  ///< there is one for every few launches
  std::int64_t count_ = 0;
  anonymous_file images_;  ///< of the kept ones, one after the other
  bool synthetic_ = false;
};

}  // namespace flopwatch::collect
