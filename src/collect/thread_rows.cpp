// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/thread_rows.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>

#include "flopwatch/error.hpp"

namespace flopwatch::collect {
namespace {

static_assert(std::is_trivially_copyable_v<launch_row>, "rows are written as they are in memory");

constexpr std::size_t rows_before_a_file = 512;

}  // namespace

thread_rows::thread_rows(void const* thread) : thread_(thread), slots_(rows_before_a_file) {}

launch_row thread_rows::in_memory(std::int64_t number) const noexcept {
  auto const& from = slots_[static_cast<std::size_t>(number) % rows_before_a_file];
  std::array<std::uint64_t, std::tuple_size_v<slot>> words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = from[i].load(std::memory_order_acquire);
  launch_row row;
  std::memcpy(static_cast<void*>(&row), words.data(), sizeof row);
  return row;
}

void thread_rows::put(launch_row const& row) noexcept {
  auto const number = size_.load(std::memory_order_relaxed);
  std::array<std::uint64_t, std::tuple_size_v<slot>> words{};
  std::memcpy(words.data(), &row, sizeof row);
  auto& to = slots_[static_cast<std::size_t>(number) % rows_before_a_file];
  // Each after the change of `in_file_` that made the slot free: who reads a new word sees that, too.
  for (std::size_t i = 0; i < words.size(); ++i) to[i].store(words[i], std::memory_order_release);
  size_.store(number + 1, std::memory_order_release);
}

void thread_rows::add(launch_row const& row) {
  if (waiting() == static_cast<std::int64_t>(rows_before_a_file)) {
    auto const in_file = in_file_.load(std::memory_order_relaxed);
    try {
      if (!file_) file_.emplace();
      file_->write(slots_.data(), slots_.size() * sizeof(launch_row));
      file_->flush();
      in_file_.store(in_file + waiting(), std::memory_order_release);
    } catch (capture_error const&) {
      // A part of them can be in the file.
      if (file_) file_->shorten(in_file * static_cast<std::int64_t>(sizeof(launch_row)));
      lost_ += waiting();
      losses_.fetch_add(1, std::memory_order_release);
      size_.store(in_file, std::memory_order_release);
      put(row);
      throw;
    }
  }
  put(row);
}

bool thread_rows::read_so_far(position& at, launch_row& row) const {
  for (;;) {
    auto const loss = losses_.load(std::memory_order_acquire);
    if (loss != at.loss) at = {std::min(at.row, in_file_.load(std::memory_order_acquire)), loss};
    if (at.row >= size()) return false;
    auto const in_file = in_file_.load(std::memory_order_acquire);
    if (at.row < in_file) {
      file_->read_at(at.row * static_cast<std::int64_t>(sizeof row), &row, sizeof row);
    } else {
      row = in_memory(at.row);
      // Its slot can have got another row meanwhile.
      bool const same = in_file_.load(std::memory_order_acquire) == in_file &&
                        losses_.load(std::memory_order_acquire) == loss;
      if (!same) continue;
    }
    ++at.row;
    return true;
  }
}

void thread_rows::left_out(loss_kind const& why, std::int64_t kernel) noexcept {
  for (auto& one : causes_) {
    if (one.why == nullptr) one = {&why, 0, kernel};
    if (one.why != &why) continue;
    ++one.launches;
    return;
  }
}

std::array<thread_rows::cause, 3> thread_rows::take_causes() noexcept { return std::exchange(causes_, {}); }

void thread_rows::rewind() {
  if (file_) file_->read_from(0);
  position_ = 0;
}

bool thread_rows::read(launch_row& row) {
  if (position_ == size()) return false;
  if (position_ < in_file_.load(std::memory_order_relaxed)) {
    file_->read(&row, sizeof row);
  } else {
    row = in_memory(position_);
  }
  ++position_;
  return true;
}

}  // namespace flopwatch::collect
