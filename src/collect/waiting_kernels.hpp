// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flopwatch::collect {

/// Kernels that wait for a kernel of another rank. A range of their own makes CUPTI wait for their end before
/// the next kernel is launched; if the other rank is another stream of this process, that end never comes.
struct waiting_name {
  std::string_view part;  ///< of the mangled name
  std::string_view why;   ///< a clause
};
[[nodiscard]] std::span<waiting_name const> known_waiting_kernels() noexcept;

/// Which kernels get no range of their own.
class waiting_kernels {
 public:
  /// \param changes parts of further names; with a '-' in front, a part of the list that is taken away
  explicit waiting_kernels(std::vector<std::string> const& changes = {});
  [[nodiscard]] bool has(std::string_view mangled) const noexcept;

 private:
  std::vector<std::string> parts_;
};

/// "" where each change adds a part or takes one of the list away, else what is wrong with the first that
/// does not.
[[nodiscard]] std::string wrong_with(std::vector<std::string> const& changes);

}  // namespace flopwatch::collect
