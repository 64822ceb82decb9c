// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/reuse/function_numbers.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace flopwatch::collect {

std::uint64_t hash_of_image(std::span<std::byte const> image) noexcept {
  std::uint64_t h = 0x9E3779B97F4A7C15U ^ image.size();
  auto const mix = [&h](std::uint64_t word) {
    h = (h ^ word) * 0xD6E8FEB86659FD93U;
    h ^= h >> 32U;
  };
  for (; image.size() >= sizeof(std::uint64_t); image = image.subspan(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, image.data(), sizeof word);
    mix(word);
  }
  std::uint64_t rest = 0;
  if (!image.empty()) std::memcpy(&rest, image.data(), image.size());
  mix(rest);
  return h == 0 ? 1 : h;
}

std::int64_t function_numbers::number_of(void const* function, void const* context, char const* kernel) {
  std::string_view const name = kernel == nullptr ? "" : kernel;
  std::lock_guard const lock(mutex_);
  auto at = names_.find(name);
  if (at == names_.end()) at = names_.emplace(name, name_state{}).first;
  auto& state = at->second;
  auto& one = handles_[function];
  if (one.number != 0 && one.name == &state) return one.number;
  let_go(one);
  one = {&state, context, 0, false};
  bool const fits = state.matched == 0 || state.matched < state.loaded;
  if (state.image != 0 && !state.mixed && fits) {
    if (state.number == 0) state.number = ++last_;
    one.number = state.number;
    one.matched = true;
    ++state.matched;
  } else {
    one.number = ++last_;
  }
  return one.number;
}

std::int64_t function_numbers::number_of_graph(void const* graph, void const* context) {
  std::lock_guard const lock(mutex_);
  auto& one = handles_[graph];
  if (one.number == 0) one = {nullptr, context, ++last_, false};
  return one.number;
}

bool function_numbers::knows(std::uint64_t image) const {
  std::lock_guard const lock(mutex_);
  return images_.contains(image);
}

void function_numbers::add_names(std::uint64_t image, std::vector<std::string> const& names) {
  std::lock_guard const lock(mutex_);
  auto& known = images_[image];
  known.clear();
  for (auto const& name : names) known.push_back(&names_[name]);
}

bool function_numbers::loaded(std::uint64_t image, void const* launching) {
  std::lock_guard const lock(mutex_);
  auto const found = handles_.find(launching);
  auto* const launched = launching == nullptr || found == handles_.end() ? nullptr : &found->second;
  bool right = true;
  for (auto* const state : images_[image]) {
    ++state->loaded;
    if (state->image == 0) state->image = image;
    state->mixed = state->mixed || state->image != image;
    if (launched == nullptr || launched->name != state) continue;
    if (!launched->matched) {
      launched->matched = true;
      ++state->matched;
      if (!state->mixed && state->number == 0) state->number = launched->number;
    } else if (state->image != image) {
      launched->number = ++last_;
      right = false;
    }
  }
  return right;
}

void function_numbers::unloads(std::uint64_t image) {
  std::lock_guard const lock(mutex_);
  auto const found = images_.find(image);
  // An image that nobody could read can have any names.
  bool const any = found == images_.end() || found->second.empty();
  auto const has = [&](name_state const* state) {
    return any || std::find(found->second.begin(), found->second.end(), state) != found->second.end();
  };
  std::erase_if(handles_, [&](auto const& entry) {
    auto const& one = entry.second;
    if (one.name == nullptr || !has(one.name)) return false;
    let_go(one);
    // A module that nobody saw has this one, and it may live on.
    if (!one.matched) one.name->mixed = true;
    return true;
  });
  if (any) return;
  for (auto* const state : found->second) --state->loaded;
}

void function_numbers::forget(void const* graph) {
  std::lock_guard const lock(mutex_);
  handles_.erase(graph);
}

void function_numbers::context_ends(void const* context) {
  std::lock_guard const lock(mutex_);
  std::erase_if(handles_, [&](auto const& entry) {
    if (entry.second.context != context) return false;
    let_go(entry.second);
    return true;
  });
}

}  // namespace flopwatch::collect
