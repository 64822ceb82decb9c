// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/thread_rows.hpp"

#include <type_traits>
#include <utility>

#include "flopwatch/error.hpp"

namespace flopwatch::collect {
namespace {

static_assert(std::is_trivially_copyable_v<launch_row>, "rows are written as they are in memory");

constexpr std::size_t rows_before_a_file = 512;

}  // namespace

thread_rows::thread_rows(void const* thread) : thread_(thread) { waiting_.reserve(rows_before_a_file); }

void thread_rows::add(launch_row const& row) {
  if (waiting_.size() == rows_before_a_file) {
    try {
      if (!file_) file_.emplace();
      file_->write(waiting_.data(), waiting_.size() * sizeof(launch_row));
      file_->flush();
      in_file_ += static_cast<std::int64_t>(waiting_.size());
      waiting_.clear();
    } catch (capture_error const&) {
      // A part of them can be in the file.
      if (file_) file_->shorten(in_file_ * static_cast<std::int64_t>(sizeof(launch_row)));
      lost_ += static_cast<std::int64_t>(waiting_.size());
      waiting_.clear();
      waiting_.push_back(row);
      throw;
    }
  }
  waiting_.push_back(row);
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
  if (position_ < in_file_) {
    file_->read(&row, sizeof row);
  } else {
    row = waiting_[static_cast<std::size_t>(position_ - in_file_)];
  }
  ++position_;
  return true;
}

}  // namespace flopwatch::collect
