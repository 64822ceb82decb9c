// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/ncu_seen.hpp"

#include <utility>

namespace flopwatch::importing {

void ncu_seen::next_part() {
  earlier_.insert(of_part_.begin(), of_part_.end());
  of_part_.clear();
}

bool ncu_seen::add(std::string_view host, std::string_view of_process, double id, std::string_view kernel) {
  if (of_process.empty()) return true;  // of any process: nothing is known to be the same
  std::string where(host);
  where.append(1, '\0').append(of_process);
  launch const l{number_of(std::move(where)), number_of(std::string(kernel)), id};
  if (earlier_.contains(l)) return false;
  of_part_.push_back(l);
  return true;
}

std::uint32_t ncu_seen::number_of(std::string text) {
  return numbers_.try_emplace(std::move(text), static_cast<std::uint32_t>(numbers_.size())).first->second;
}

}  // namespace flopwatch::importing
