// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "recording/module_names.hpp"

namespace flopwatch::python {

/// A module object whose calls open scopes.
struct watched_object {
  void const* object = nullptr;
  void const* module = nullptr;               ///< that is called: the object itself, or what it wraps
  detail::module_info const* info = nullptr;  ///< of `module`; lives as long as the recording
};

/// The objects that the recording session watches; each call looks one up with nothing in the caches, so
/// they lie flat. Guarded by the GIL.
class watched_objects {
 public:
  /// Null when it is none.
  [[nodiscard]] watched_object const* find(void const* object) const noexcept;
  void add(watched_object const& w);  ///< in place of an earlier one for the same object
  void remove(void const* object) noexcept;
  /// Forgets all of them; from now on they are `owner`'s.
  void begin(void const* owner) noexcept;
  /// Forgets all of them, where they are `owner`'s.
  void end(void const* owner) noexcept;

 private:
  [[nodiscard]] std::size_t place_of(void const* object) const noexcept;

  std::vector<watched_object> table_;  ///< open addressing; size a power of two, at most half full
  std::size_t size_ = 0;
  void const* owner_ = nullptr;
};

[[nodiscard]] watched_objects& watched_modules();

}  // namespace flopwatch::python
