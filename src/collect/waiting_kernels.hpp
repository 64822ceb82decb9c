// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "collect/kernel_names.hpp"

namespace flopwatch::collect {

/// Kernels that wait for a kernel of another rank. A range of their own makes CUPTI wait for their end before
/// the next kernel is launched; if the other rank is another stream of this process, that end never comes.
[[nodiscard]] std::span<kernel_name const> known_waiting_kernels() noexcept;

/// Which kernels get no range of their own.
class waiting_kernels : public kernel_names {
 public:
  /// \param changes as in kernel_names
  explicit waiting_kernels(std::vector<std::string> const& changes = {})
      : kernel_names(known_waiting_kernels(), changes) {}
};

/// Of changes to known_waiting_kernels().
[[nodiscard]] std::string wrong_with(std::vector<std::string> const& changes);

}  // namespace flopwatch::collect
