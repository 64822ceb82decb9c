// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "collect/kernel_names.hpp"

namespace flopwatch::collect {

/// Kernels whose work depends on what they read on the GPU: two launches with the same grid and the same
/// parameters may do different work, so that the counts of one do not stand for the other. A list of what is
/// known, which saves launches that would find it out; a kernel that is not in it can be one of them.
[[nodiscard]] std::span<kernel_name const> known_variable_kernels() noexcept;

/// Which kernels are taken to differ from launch to launch, though nothing has shown it yet.
class variable_kernels : public kernel_names {
 public:
  /// \param changes as in kernel_names
  explicit variable_kernels(std::vector<std::string> const& changes = {})
      : kernel_names(known_variable_kernels(), changes) {}
};

}  // namespace flopwatch::collect
