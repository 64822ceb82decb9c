// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cupti/param_attributes.hpp"

namespace flopwatch::collect {

/// The layouts of the parameters of all kernels that were loaded, by name. Thread-safe.
class kernel_params {
 public:
  /// Reads the image of a module. One that is no cubin adds nothing.
  /// \returns the kernels in it \throws std::bad_alloc
  std::vector<std::string> add(std::span<std::byte const> image);
  /// Null for a kernel whose layout is not known, and for a name that two modules use for different ones. The
  /// layout lives as long as this object.
  [[nodiscard]] cupti::param_layout const* find(std::string_view mangled) const;

 private:
  mutable std::mutex mutex_;
  std::deque<cupti::param_layout> layouts_;
  std::map<std::string, cupti::param_layout const*, std::less<>> by_name_;
};

}  // namespace flopwatch::collect
