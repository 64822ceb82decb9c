// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>

/// \file
/// Checksums of table contents. SQLite notices a damaged page structure, never a changed value.

namespace flopwatch::capture_detail {

/// 64-bit hash of the values of one row, in the order of the columns, types included.
class row_hash {
 public:
  void null() noexcept { mix(1, 0); }
  void integer(std::int64_t v) noexcept { mix(2, static_cast<std::uint64_t>(v)); }
  void real(double v) noexcept { mix(3, std::bit_cast<std::uint64_t>(v)); }
  void text(std::string_view v) noexcept {
    std::uint64_t h = 0xcbf29ce484222325U;
    for (char c : v) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    mix(4, h);
    mix(5, v.size());
  }
  void bytes(std::span<std::uint8_t const> v) noexcept {
    std::uint64_t h = 0xcbf29ce484222325U;
    for (auto b : v) h = (h ^ b) * 0x100000001b3U;
    mix(6, h);
    mix(7, v.size());
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return hash_; }

 private:
  void mix(std::uint64_t type, std::uint64_t bits) noexcept {
    std::uint64_t h = (hash_ + type) ^ bits;
    h = (h ^ (h >> 30U)) * 0xbf58476d1ce4e5b9U;
    h = (h ^ (h >> 27U)) * 0x94d049bb133111ebU;
    hash_ = h ^ (h >> 31U);
  }
  std::uint64_t hash_ = 0x9e3779b97f4a7c15U;
};

/// Rows and wrapping sum of row hashes of a table: the same in any order of rows, so it can be taken
/// while rows are written and again in whatever order they are read.
struct table_sum {
  std::int64_t rows = 0;
  std::uint64_t checksum = 0;

  void add(row_hash const& row) noexcept {
    ++rows;
    checksum += row.value();
  }
  void remove(row_hash const& row) noexcept {
    --rows;
    checksum -= row.value();
  }
  friend bool operator==(table_sum const&, table_sum const&) = default;
};

}  // namespace flopwatch::capture_detail
