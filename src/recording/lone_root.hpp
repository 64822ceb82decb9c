// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "recording/module_names.hpp"

namespace flopwatch::detail {

/// What a capture calls the modules of a recording that found its roots while it ran
/// (`module_names::drops_lone_name`). With one root, the group above it and the root's name are left out, so
/// that the capture is that of the root watched alone; without any root the group is left out.
class lone_root {
 public:
  explicit lone_root(module_names const& names);

  /// Records at the beginning of the modules and of the paths that the capture leaves out: the group's, or
  /// none. Ids above are lower by that number.
  [[nodiscard]] std::int64_t dropped() const noexcept { return dropped_; }
  /// A path of a module, or of a scope inside one.
  [[nodiscard]] std::string path(std::string const& recorded) const;
  /// The detail of a data loss, which can begin with such a path.
  [[nodiscard]] std::string detail(std::string const& recorded) const;

 private:
  std::int64_t dropped_ = 0;
  std::string name_;  ///< of the root; empty without one
  std::string type_;  ///< the same
};

}  // namespace flopwatch::detail
