// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>

#include "capture/raw_policy.hpp"
#include "capture/writer.hpp"
#include "collect/anonymous_file.hpp"
#include "collect/background_file.hpp"

namespace flopwatch::collect {

/// The raw counter data of the chunks that a session reads, where the policy keeps it. Thread-safe
/// until `write`.
class raw_keeper {
 public:
  explicit raw_keeper(raw_choice choice) : policy_(choice) {}

  /// One decoded chunk; `chunk.id`, `kept` and `image_bytes` are set here. Its image is written on another
  /// thread. \returns whether the image is kept. \throws capture_error
  bool add(raw_chunk_record chunk, std::span<std::uint8_t const> image);

  /// \returns chunks whose image could not be kept, because memory or the disk is full
  /// \throws capture_error
  std::int64_t write(capture_writer& writer);
  /// Why. After `write`; "" where all were kept.
  [[nodiscard]] std::string const& failure() const noexcept { return failure_; }
  /// An image of a test is among them.
  [[nodiscard]] bool synthetic() const noexcept { return synthetic_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

 private:
  capture_detail::raw_policy policy_;
  std::mutex mutex_;
  anonymous_file chunks_;  ///< there is one for every few launches
  std::int64_t count_ = 0;
  background_file images_;  ///< of the kept ones, one after the other
  std::string failure_;
  std::int64_t lost_ = 0;
  bool synthetic_ = false;
};

}  // namespace flopwatch::collect
