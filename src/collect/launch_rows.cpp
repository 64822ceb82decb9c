// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/launch_rows.hpp"

#include <limits>

namespace flopwatch::collect {

void launch_rows::push(launch_row row) {
  row.order = next_order_;
  waiting_.push_back(row);
  ++next_order_;
}

void launch_rows::pop() noexcept {
  waiting_.pop_back();
  --next_order_;
}

void launch_rows::spool(values_of const& values) {
  for (; moved_ < waiting_.size(); ++moved_) {
    values_.assign(spool_.values_per_row(), std::numeric_limits<double>::quiet_NaN());
    if (values) values(waiting_[moved_], values_);
    spool_.append(waiting_[moved_], values_);
  }
  forget_waiting();
}

void launch_rows::forget_waiting() noexcept {
  waiting_.clear();
  moved_ = 0;
}

}  // namespace flopwatch::collect
