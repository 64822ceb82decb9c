// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "target/config_images.hpp"

#include <cstring>
#include <map>
#include <mutex>
#include <set>

namespace standin {
namespace {

std::mutex mutex;
/// The same bytes may serve several chips.
std::multimap<std::uint64_t, std::shared_ptr<config_image const>>& images() {
  static auto& all = *new std::multimap<std::uint64_t, std::shared_ptr<config_image const>>;
  return all;
}

}  // namespace

std::uint64_t hash_of(std::uint8_t const* bytes, std::size_t size) {
  // FNV-1a, eight bytes at a time.
  constexpr std::uint64_t prime = 0x100000001b3ULL;
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ size;
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i, 8);
    hash = (hash ^ word) * prime;
    hash ^= hash >> 29;
  }
  for (; i < size; ++i) hash = (hash ^ bytes[i]) * prime;
  return hash;
}

void remember(config_image image) {
  auto const hash = hash_of(image.bytes.data(), image.bytes.size());
  std::lock_guard const lock(mutex);
  auto const [first, last] = images().equal_range(hash);
  for (auto known = first; known != last; ++known) {
    auto const& one = *known->second;
    if (one.chip == image.chip && one.bytes == image.bytes && one.metrics == image.metrics) return;
  }
  // The newest first: the same bytes may be handed out for metrics added in another order.
  images().emplace_hint(first, hash, std::make_shared<config_image const>(std::move(image)));
}

std::shared_ptr<config_image const> known_config(std::uint8_t const* bytes, std::size_t size,
                                                 std::string const& chip,
                                                 std::set<std::string> const& metrics) {
  auto const hash = hash_of(bytes, size);
  std::lock_guard const lock(mutex);
  auto const [first, last] = images().equal_range(hash);
  std::shared_ptr<config_image const> found;
  for (auto known = first; known != last; ++known) {
    auto const& one = *known->second;
    if (one.chip != chip || one.bytes.size() != size || std::memcmp(one.bytes.data(), bytes, size) != 0)
      continue;
    if (std::set<std::string>(one.metrics.begin(), one.metrics.end()) == metrics) return known->second;
    if (found == nullptr) found = known->second;
  }
  return found;
}

char const* intern(std::string const& text) {
  static std::mutex text_mutex;
  static auto& texts = *new std::set<std::string>;
  std::lock_guard const lock(text_mutex);
  return texts.insert(text).first->c_str();
}

}  // namespace standin
