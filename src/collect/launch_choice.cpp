// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/launch_choice.hpp"

#include "collect/kernel_table.hpp"

namespace flopwatch::collect {

launch_choice::launch_choice(chosen_launches const& wanted)
    : skip_(wanted.skip),
      count_(wanted.count),
      restricts_(!wanted.kernel.empty() || wanted.skip > 0 || wanted.count >= 0) {
  if (!wanted.kernel.empty()) kernel_.emplace(wanted.kernel, std::regex::ECMAScript);
}

bool launch_choice::names(std::string const& mangled) const {
  return !kernel_ || std::regex_search(demangled(mangled), *kernel_);
}

bool launch_choice::takes_next() noexcept {
  auto const number = seen_.fetch_add(1, std::memory_order_relaxed);
  return number >= skip_ && (count_ < 0 || number - skip_ < count_);
}

}  // namespace flopwatch::collect
