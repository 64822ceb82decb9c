// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/reuse/kernel_params.hpp"

#include "cupti/param_layout.hpp"

namespace flopwatch::collect {

std::vector<std::string> kernel_params::add(std::span<std::byte const> image) {
  auto const read = cupti::read_param_layouts(image);
  std::vector<std::string> names;
  std::lock_guard const lock(mutex_);
  for (auto const& [name, layout] : read.kernels) {
    names.push_back(name);
    auto const [at, is_new] = by_name_.try_emplace(name, nullptr);
    if (is_new && layout) {
      at->second = &layouts_.emplace_back(*layout);
    } else if (at->second != nullptr && (!layout || *layout != *at->second)) {
      at->second = nullptr;
    }
  }
  return names;
}

cupti::param_layout const* kernel_params::find(std::string_view mangled) const {
  std::lock_guard const lock(mutex_);
  auto const at = by_name_.find(mangled);
  return at == by_name_.end() ? nullptr : at->second;
}

}  // namespace flopwatch::collect
