// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "flopwatch/operator_rule.hpp"

namespace flopwatch {

/// A flat, comparable form of a call's arguments: what the observer builds on every call, cheap to
/// hash and to compare. `decode_args` gives the arguments back.
class args_encoder {
 public:
  void clear() noexcept { words_.clear(); }
  void none() { words_.push_back(static_cast<std::int64_t>(tag::none)); }
  void opaque() { words_.push_back(static_cast<std::int64_t>(tag::opaque)); }
  void boolean(bool v) { words_.push_back(static_cast<std::int64_t>(tag::boolean) | (v ? 256 : 0)); }
  void integer(std::int64_t v) {
    words_.push_back(static_cast<std::int64_t>(tag::integer));
    words_.push_back(v);
  }
  void real(double v);
  void integers(std::span<std::int64_t const> v) {
    integers(v.size());
    words_.insert(words_.end(), v.begin(), v.end());
  }
  /// Opens a list of `n` integers; the next `n` calls of `item` fill it.
  void integers(std::size_t n) {
    words_.push_back(static_cast<std::int64_t>(tag::integers) | static_cast<std::int64_t>(n << 8U));
  }
  void item(std::int64_t v) { words_.push_back(v); }
  /// Opens a list of `n` tensors; the next `n` calls of `tensor` or `undefined_tensor` fill it.
  void tensors(std::size_t n) {
    words_.push_back(static_cast<std::int64_t>(tag::tensors) | static_cast<std::int64_t>(n << 8U));
  }
  /// Opens an object with packed weights; the next `n` calls of `tensor` or `undefined_tensor` fill it, then
  /// one of `integers` ends it.
  void packed(std::size_t n) {
    words_.push_back(static_cast<std::int64_t>(tag::packed) | static_cast<std::int64_t>(n << 8U));
  }
  /// What another encoder wrote.
  void append(std::span<std::int64_t const> words) {
    words_.insert(words_.end(), words.begin(), words.end());
  }
  void undefined_tensor() { words_.push_back(static_cast<std::int64_t>(tag::undefined_tensor)); }
  /// `stored` is written for every layout but the strided one, and matters for sparse ones only.
  void tensor(std::span<std::int64_t const> sizes, scalar_type dtype, tensor_layout layout,
              std::int64_t stored = -1) {
    words_.push_back(static_cast<std::int64_t>(tag::tensor) | (static_cast<std::int64_t>(dtype) << 8) |
                     (static_cast<std::int64_t>(layout) << 16) |
                     (static_cast<std::int64_t>(sizes.size()) << 24));
    if (layout != tensor_layout::strided) words_.push_back(stored);
    words_.insert(words_.end(), sizes.begin(), sizes.end());
  }
  [[nodiscard]] std::span<std::int64_t const> words() const noexcept { return words_; }

  enum class tag : std::uint8_t {
    none,
    opaque,
    boolean,
    integer,
    real,
    integers,
    tensors,
    undefined_tensor,
    tensor,
    packed
  };

 private:
  std::vector<std::int64_t> words_;
};

/// \throws rule_error for words that no encoder wrote
[[nodiscard]] std::vector<operator_arg> decode_args(std::span<std::int64_t const> words);

}  // namespace flopwatch
