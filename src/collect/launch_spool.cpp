// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/launch_spool.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <limits>
#include <type_traits>

namespace flopwatch::collect {

static_assert(std::is_trivially_copyable_v<launch_row>, "rows are written as they are in memory");

launch_spool::launch_spool(std::size_t values_per_row) : values_per_row_(values_per_row) {}

void launch_spool::append(launch_row const& row, std::span<double const> values) {
  // In one write: a row without its values would shift all that follow.
  record_.resize(sizeof row + values.size_bytes());
  std::memcpy(record_.data(), &row, sizeof row);
  if (!values.empty()) std::memcpy(record_.data() + sizeof row, values.data(), values.size_bytes());
  file_.write(record_.data(), record_.size());
  ++size_;
}

void launch_spool::publish() noexcept {
  try {
    file_.flush();
    published_.store(size_, std::memory_order_release);
  } catch (std::exception const&) {
    // The next one that writes throws it again.
  }
}

std::int64_t launch_spool::size() const noexcept {
  auto all = size_;
  for (auto const& one : threads_) all += one.size();
  return all;
}

thread_rows& launch_spool::of_thread(void const* thread) {
  for (auto& one : threads_) {
    if (one.thread() == thread) return one;
  }
  return threads_.emplace_back(thread);
}

void launch_spool::rewind() {
  file_.read_from(0);
  position_ = 0;
  heads_.clear();
  if (threads_.empty()) return;
  head first;
  if (read_own(first.row, own_values_)) heads_.push_back(first);
  for (auto& one : threads_) {
    one.rewind();
    first.source = &one;
    if (one.read(first.row)) heads_.push_back(first);
  }
}

bool launch_spool::read_own(launch_row& row, std::vector<double>& values) {
  if (position_ == size_) return false;
  values.resize(values_per_row_);
  file_.read(&row, sizeof row);
  file_.read(values.data(), values.size() * sizeof(double));
  ++position_;
  return true;
}

bool launch_spool::read(launch_row& row, std::vector<double>& values) {
  if (threads_.empty()) return read_own(row, values);
  auto const next = std::min_element(heads_.begin(), heads_.end(),
                                     [](head const& a, head const& b) { return a.row.order < b.row.order; });
  if (next == heads_.end()) return false;
  row = next->row;
  bool more = false;
  if (next->source == nullptr) {
    values = own_values_;
    more = read_own(next->row, own_values_);
  } else {
    values.assign(values_per_row_, std::numeric_limits<double>::quiet_NaN());
    more = next->source->read(next->row);
  }
  if (!more) heads_.erase(next);
  return true;
}

}  // namespace flopwatch::collect
