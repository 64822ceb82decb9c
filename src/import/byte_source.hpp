// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flopwatch::importing {

/// Bytes one after the other, a block at a time.
class byte_source {
 public:
  byte_source() = default;
  byte_source(byte_source const&) = delete;
  byte_source& operator=(byte_source const&) = delete;
  virtual ~byte_source() = default;
  /// Fills `out` from its beginning. \return the number of bytes; 0 at the end
  /// \throws usage_error for a file that cannot be read, or compressed bytes that are damaged
  [[nodiscard]] virtual std::size_t read(std::span<char> out) = 0;
};

/// Bytes in memory, which must outlive it.
class memory_source : public byte_source {
 public:
  explicit memory_source(std::string_view bytes) : left_(bytes) {}
  std::size_t read(std::span<char> out) override;

 private:
  std::string_view left_;
};

/// A source whose first bytes can be looked at without taking them.
class peeking_source : public byte_source {
 public:
  explicit peeking_source(std::unique_ptr<byte_source> from) : from_(std::move(from)) {}
  /// The next `n` bytes, fewer at the end.
  [[nodiscard]] std::string_view peek(std::size_t n);
  std::size_t read(std::span<char> out) override;

 private:
  std::unique_ptr<byte_source> from_;
  std::vector<char> held_;
  std::size_t taken_ = 0;
};

/// The bytes of a file, of `label` in messages. \throws usage_error for a file that cannot be opened
[[nodiscard]] std::unique_ptr<byte_source> open_file(std::filesystem::path const& path,
                                                     std::string const& label);

}  // namespace flopwatch::importing
