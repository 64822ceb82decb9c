// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <iterator>
#include <vector>

#include "import/byte_source.hpp"

namespace flopwatch::importing {

/// A file as the input of the parser, a block at a time.
class character_feed {
 public:
  explicit character_feed(byte_source& from) : from_(from) { refill(); }
  [[nodiscard]] bool ended() const noexcept { return at_ == end_; }
  [[nodiscard]] char now() const noexcept { return block_[at_]; }
  void advance() {
    if (++at_ == end_) refill();
  }

 private:
  void refill() {
    at_ = 0;
    end_ = from_.read(block_);
  }
  byte_source& from_;
  std::vector<char> block_ = std::vector<char>(std::size_t{1} << 18U);
  std::size_t at_ = 0, end_ = 0;
};

/// Its characters, one after the other.
class feed_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = char const*;
  using reference = char;

  feed_iterator() = default;
  explicit feed_iterator(character_feed& feed) : feed_(&feed) {}
  char operator*() const noexcept { return feed_->now(); }
  feed_iterator& operator++() {
    feed_->advance();
    return *this;
  }
  feed_iterator operator++(int) {
    auto const before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(feed_iterator const& a, feed_iterator const& b) noexcept {
    return a.at_end() == b.at_end();
  }
  friend bool operator!=(feed_iterator const& a, feed_iterator const& b) noexcept { return !(a == b); }

 private:
  [[nodiscard]] bool at_end() const noexcept { return feed_ == nullptr || feed_->ended(); }
  character_feed* feed_ = nullptr;
};

}  // namespace flopwatch::importing
