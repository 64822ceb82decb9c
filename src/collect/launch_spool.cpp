// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/launch_spool.hpp"

#include <type_traits>

namespace flopwatch::collect {

static_assert(std::is_trivially_copyable_v<launch_row>, "rows are written as they are in memory");

launch_spool::launch_spool(std::size_t values_per_row) : values_per_row_(values_per_row) {}

void launch_spool::append(launch_row const& row, std::span<double const> values) {
  file_.write(&row, sizeof row);
  file_.write(values.data(), values.size_bytes());
  ++size_;
}

void launch_spool::rewind() {
  file_.read_from(0);
  position_ = 0;
}

bool launch_spool::read(launch_row& row, std::vector<double>& values) {
  if (position_ == size_) return false;
  values.resize(values_per_row_);
  file_.read(&row, sizeof row);
  file_.read(values.data(), values.size() * sizeof(double));
  ++position_;
  return true;
}

}  // namespace flopwatch::collect
