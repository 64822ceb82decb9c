// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/reuse/key_registry.hpp"

#include "recording/operator_rows.hpp"

namespace flopwatch::collect {

std::int64_t key_registry::operator_of(detail::operator_row const* row) {
  if (row == nullptr) return 0;
  auto const args = row->args();
  std::lock_guard const lock(mutex_);
  auto const next = static_cast<std::int64_t>(operators_.size()) + 1;
  return operators_.try_emplace({row->info, std::vector(args.begin(), args.end())}, next).first->second;
}

}  // namespace flopwatch::collect
