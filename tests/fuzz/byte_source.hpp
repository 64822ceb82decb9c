// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace flopwatch::test {

/// Takes values from the bytes of an input, and zeros after its end.
class byte_source {
 public:
  byte_source(std::uint8_t const* data, std::size_t size) : at_(data), left_(size) {}

  [[nodiscard]] bool empty() const noexcept { return left_ == 0; }

  std::uint8_t byte() {
    if (left_ == 0) return 0;
    --left_;
    return *at_++;
  }

  /// Mostly small, at times anything.
  std::int64_t number() {
    auto const first = byte();
    if (first < 0xf0) return first;
    std::uint64_t v = 0;
    for (int i = 0; i < 8; ++i) v = v << 8U | byte();
    return static_cast<std::int64_t>(v);
  }

  std::string text() {
    std::string out(byte() % 16, '\0');
    for (char& c : out) c = static_cast<char>(byte());
    return out;
  }

  template <class E>
  E one_of(std::uint8_t count) {
    return static_cast<E>(byte() % count);
  }

 private:
  std::uint8_t const* at_;
  std::size_t left_;
};

}  // namespace flopwatch::test
