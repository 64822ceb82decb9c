// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flopwatch::collect {

/// A family of kernels, by what their names have in common.
struct kernel_name {
  std::string_view part;  ///< of the mangled name
  std::string_view why;   ///< it is in its list: a clause
};

/// The kernels of a list, with the user's changes to it.
class kernel_names {
 public:
  /// \param changes parts of further names; with a '-' in front, a part of the list that is taken away
  kernel_names(std::span<kernel_name const> known, std::vector<std::string> const& changes);
  [[nodiscard]] bool has(std::string_view mangled) const noexcept;

 private:
  std::vector<std::string> parts_;
};

/// "" where each change adds a part or takes one of the list away, else what is wrong with the first that
/// does not.
[[nodiscard]] std::string wrong_with(std::span<kernel_name const> known,
                                     std::vector<std::string> const& changes);

}  // namespace flopwatch::collect
