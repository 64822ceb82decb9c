// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/open_captures.hpp"

#include <algorithm>
#include <exception>

namespace flopwatch::collect {

void open_captures::begins(CUcontext context, CUstream stream) noexcept {
  std::lock_guard const lock(mutex_);
  add({context, stream, true});
}

void open_captures::add(place const& one) noexcept {
  // The count alone keeps the profiler away; without memory for the place it never comes back.
  count_.fetch_add(1, std::memory_order_acq_rel);
  try {
    open_.push_back(one);
  } catch (std::exception const&) {
  }
}

bool open_captures::any_beside(CUcontext context) noexcept {
  std::lock_guard const lock(mutex_);
  return std::any_of(open_.begin(), open_.end(),
                     [&](place const& p) { return p.context != context || !p.announced; });
}

template <class Is>
bool open_captures::remove_first(Is is) noexcept {
  auto const found = std::find_if(open_.begin(), open_.end(), is);
  if (found == open_.end()) return false;
  open_.erase(found);
  count_.fetch_sub(1, std::memory_order_acq_rel);
  return true;
}

void open_captures::ends(CUcontext context, CUstream stream) noexcept {
  std::lock_guard const lock(mutex_);
  if (remove_first([&](place const& p) { return p.announced && p.context == context && p.stream == stream; }))
    return;
  remove_first([&](place const& p) { return !p.announced && p.context == context; });
}

void open_captures::joined(CUcontext context) noexcept {
  std::lock_guard const lock(mutex_);
  bool const known =
      std::any_of(open_.begin(), open_.end(), [&](place const& p) { return p.context == context; });
  if (!known) add({context, nullptr, false});
}

void open_captures::context_ends(CUcontext context) noexcept {
  std::lock_guard const lock(mutex_);
  while (remove_first([&](place const& p) { return p.context == context; })) {
  }
}

}  // namespace flopwatch::collect
