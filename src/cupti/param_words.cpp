// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/param_words.hpp"

#include <algorithm>
#include <cstring>

namespace flopwatch::cupti {
namespace {

constexpr std::uint64_t first_address = std::uint64_t{1} << 32U;
constexpr std::uint64_t first_no_address = std::uint64_t{1} << 57U;
constexpr std::uint64_t most_of_a_count = std::uint64_t{1} << 24U;
// CU_LAUNCH_PARAM_END, _BUFFER_POINTER and _BUFFER_SIZE: by number, so that this builds without CUDA's
// headers.
enum : std::uintptr_t { key_end = 0, key_buffer = 1, key_size = 2 };
/// Buffer and size, each with its key, and the end, in any order; twice that is nonsense.
constexpr int most_extra_keys = 4;

struct extra_buffer {
  unsigned char const* bytes = nullptr;
  std::size_t size = 0;
};

/// False for what is not a buffer with its size.
bool read_extra(void* const* extra, extra_buffer& out) noexcept {
  std::size_t const* size = nullptr;
  for (int i = 0; i <= most_extra_keys; ++i, extra += 2) {
    switch (reinterpret_cast<std::uintptr_t>(*extra)) {
      case key_end:
        if (size != nullptr) out.size = *size;
        return size != nullptr && (out.bytes != nullptr || out.size == 0) && out.size <= most_param_bytes;
      case key_buffer:
        out.bytes = static_cast<unsigned char const*>(extra[1]);
        break;
      case key_size:
        size = static_cast<std::size_t const*>(extra[1]);
        break;
      default:
        return false;
    }
  }
  return false;
}

std::uint64_t read_word(unsigned char const* at, std::size_t bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, bytes);
  return word;
}

std::uint64_t meaning(std::uint64_t word, bool in_struct) noexcept {
  if (word < first_address) return word;
  bool const is_value = in_struct && (word >= first_no_address || (word & 0xffffffffU) < most_of_a_count);
  return is_value ? word : not_null;
}

/// \param take called with each word of a parameter
template <class Take>
void read_parameter(unsigned char const* bytes, kernel_parameter const& place, Take& take) noexcept {
  // A type that holds a pointer has its alignment, and a size that is a multiple of it.
  std::size_t const step = (place.offset_bytes | place.size_bytes) % 8 == 0 ? 8 : 4;
  for (std::size_t at = 0; at < place.size_bytes; at += step) {
    auto const word = read_word(bytes + at, std::min<std::size_t>(step, place.size_bytes - at));
    take(step == 8 ? meaning(word, place.size_bytes > 8) : word);
  }
}

template <class Take>
params_state read_buffer(extra_buffer const& buffer, param_layout const* layout, Take& take) noexcept {
  if (layout == nullptr) {
    auto const whole = buffer.size / 8 * 8;
    for (std::size_t at = 0; at < whole; at += 8) take(meaning(read_word(buffer.bytes + at, 8), true));
    if (whole < buffer.size) take(read_word(buffer.bytes + whole, buffer.size - whole));
    return params_state::known;
  }
  auto const& all = layout->parameters;
  if (!all.empty() && all.back().offset_bytes + std::size_t{all.back().size_bytes} > buffer.size)
    return params_state::wrong_extra;
  for (auto const& place : all) read_parameter(buffer.bytes + place.offset_bytes, place, take);
  return params_state::known;
}

template <class Take>
params_state read(launch_params const& params, Take& take) noexcept {
  auto const* const layout = params.layout;
  if (params.extra != nullptr) {
    extra_buffer buffer;
    if (!read_extra(params.extra, buffer)) return params_state::wrong_extra;
    return read_buffer(buffer, layout, take);
  }
  if (layout == nullptr) return params_state::no_layout;
  if (layout->total_bytes > most_param_bytes) return params_state::no_layout;
  if (layout->parameters.empty()) return params_state::known;
  if (params.kernel_params == nullptr) return params_state::no_values;
  for (std::size_t i = 0; i < layout->parameters.size(); ++i) {
    auto const* const bytes = static_cast<unsigned char const*>(params.kernel_params[i]);
    if (bytes == nullptr) return params_state::no_values;
    read_parameter(bytes, layout->parameters[i], take);
  }
  return params_state::known;
}

/// Two multiplications, each of whose upper bits go back to the lower ones: every bit of the input changes
/// half of the output's.
std::uint64_t mixed(std::uint64_t x) noexcept {
  x = (x ^ (x >> 32U)) * 0xd6e8feb86659fd93U;
  x = (x ^ (x >> 32U)) * 0xd6e8feb86659fd93U;
  return x ^ (x >> 32U);
}

}  // namespace

param_words words_of(launch_params const& params, std::span<std::uint64_t> room) noexcept {
  param_words out;
  auto take = [&](std::uint64_t word) noexcept {
    if (out.count < room.size()) room[out.count] = word;
    ++out.count;
  };
  out.state = read(params, take);
  if (out.state != params_state::known) out.count = 0;
  return out;
}

param_hash hash_of(launch_params const& params) noexcept {
  std::uint64_t hash = 0x9e3779b97f4a7c15U;
  auto take = [&hash](std::uint64_t word) noexcept { hash = mixed(hash + word); };
  auto const state = read(params, take);
  return {state, state == params_state::known ? hash : 0};
}

}  // namespace flopwatch::cupti
