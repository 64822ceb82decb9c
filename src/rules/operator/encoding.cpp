// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/encoding.hpp"

#include <bit>
#include <string>

namespace flopwatch {
namespace {

using tag = args_encoder::tag;

/// Reads the values of `args_encoder` in order.
class reader {
 public:
  explicit reader(std::span<std::int64_t const> words) : words_(words) {}

  [[nodiscard]] bool done() const noexcept { return at_ == words_.size(); }

  std::int64_t word() {
    if (done()) throw rule_error("the encoded arguments end too early");
    return words_[at_++];
  }

  std::vector<std::int64_t> words(std::uint64_t n) {
    if (n > words_.size() - at_) throw rule_error("the encoded arguments end too early");
    auto const part = words_.subspan(at_, static_cast<std::size_t>(n));
    at_ += part.size();
    return {part.begin(), part.end()};
  }

 private:
  std::span<std::int64_t const> words_;
  std::size_t at_ = 0;
};

tag tag_of(std::int64_t head) { return static_cast<tag>(head & 0xFF); }

tensor_arg read_tensor(reader& in, std::int64_t head) {
  if (tag_of(head) == tag::undefined_tensor) return {.sizes = {}, .defined = false};
  if (tag_of(head) != tag::tensor) throw rule_error("the encoded arguments are damaged");
  auto const bits = static_cast<std::uint64_t>(head);
  tensor_arg t;
  t.dtype = static_cast<scalar_type>((bits >> 8U) & 0xFFU);
  t.layout = static_cast<tensor_layout>((bits >> 16U) & 0xFFU);
  if (t.layout != tensor_layout::strided) t.stored = in.word();
  t.sizes = in.words(bits >> 24U);
  return t;
}

std::vector<tensor_arg> read_tensors(reader& in, std::uint64_t n) {
  std::vector<tensor_arg> list;
  for (std::uint64_t i = 0; i < n; ++i) list.push_back(read_tensor(in, in.word()));
  return list;
}

packed_arg read_packed(reader& in, std::uint64_t n) {
  packed_arg all{read_tensors(in, n), {}};
  auto const head = in.word();
  if (tag_of(head) != tag::integers) throw rule_error("the encoded arguments are damaged");
  all.integers = in.words(static_cast<std::uint64_t>(head) >> 8U);
  return all;
}

operator_arg read_argument(reader& in) {
  auto const head = in.word();
  auto const high = static_cast<std::uint64_t>(head) >> 8U;
  switch (tag_of(head)) {
    case tag::none:
      return std::monostate{};
    case tag::opaque:
      return opaque_arg{};
    case tag::boolean:
      return high != 0;
    case tag::integer:
      return in.word();
    case tag::real:
      return std::bit_cast<double>(in.word());
    case tag::integers:
      return in.words(high);
    case tag::tensors:
      return read_tensors(in, high);
    case tag::packed:
      return read_packed(in, high);
    case tag::undefined_tensor:
    case tag::tensor:
      return read_tensor(in, head);
  }
  throw rule_error("the encoded arguments are damaged");
}

}  // namespace

void args_encoder::real(double v) {
  words_.push_back(static_cast<std::int64_t>(tag::real));
  words_.push_back(std::bit_cast<std::int64_t>(v));
}

std::vector<operator_arg> decode_args(std::span<std::int64_t const> words) {
  std::vector<operator_arg> args;
  for (reader in(words); !in.done();) args.push_back(read_argument(in));
  return args;
}

std::int64_t tensor_arg::elements() const { return defined ? checked_product(sizes) : 0; }

}  // namespace flopwatch
