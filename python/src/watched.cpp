// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "watched.hpp"

#include <cstdint>
#include <utility>

namespace flopwatch::python {

std::size_t watched_objects::place_of(void const* object) const noexcept {
  auto const mask = table_.size() - 1;
  // Addresses of Python objects are multiples of 16.
  auto at = (reinterpret_cast<std::uintptr_t>(object) >> 4U) * 0x9E3779B97F4A7C15ULL >> 32U & mask;
  while (table_[at].object != nullptr && table_[at].object != object) at = (at + 1) & mask;
  return at;
}

watched_object const* watched_objects::find(void const* object) const noexcept {
  if (table_.empty()) return nullptr;
  auto const& found = table_[place_of(object)];
  return found.object == nullptr ? nullptr : &found;
}

void watched_objects::add(watched_object const& w) {
  if (size_ * 2 >= table_.size()) {
    watched_objects bigger;
    bigger.table_.resize(table_.empty() ? 64 : table_.size() * 2);
    for (auto const& old : table_) {
      if (old.object != nullptr) bigger.table_[bigger.place_of(old.object)] = old;
    }
    table_ = std::move(bigger.table_);
  }
  auto& place = table_[place_of(w.object)];
  if (place.object == nullptr) ++size_;
  place = w;
}

void watched_objects::remove(void const* object) noexcept {
  if (find(object) == nullptr) return;
  auto const mask = table_.size() - 1;
  auto hole = place_of(object);
  table_[hole] = {};
  --size_;
  // What is behind it may be there because its place was taken: it is put in again.
  for (auto at = (hole + 1) & mask; table_[at].object != nullptr; at = (at + 1) & mask) {
    auto const moved = std::exchange(table_[at], {});
    table_[place_of(moved.object)] = moved;
  }
}

void watched_objects::begin(void const* owner) noexcept {
  table_.clear();
  size_ = 0;
  owner_ = owner;
}

void watched_objects::end(void const* owner) noexcept {
  if (owner_ == owner) begin(nullptr);
}

watched_objects& watched_modules() {
  static watched_objects all;
  return all;
}

}  // namespace flopwatch::python
