// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/launch_rows.hpp"

namespace flopwatch::collect {

void launch_rows::push(launch_row row) {
  row.order = next_order();
  waiting_.push_back(row);
  static_cast<void>(take_order());
}

void launch_rows::pop() noexcept {
  waiting_.pop_back();
  next_order_.fetch_sub(1, std::memory_order_relaxed);
}

void launch_rows::spool() {
  spool([](launch_row const& /*row*/, std::vector<double>& /*values*/) {});
}

void launch_rows::forget_waiting() noexcept {
  waiting_.clear();
  moved_ = 0;
}

}  // namespace flopwatch::collect
