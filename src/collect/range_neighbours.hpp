// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flopwatch::collect {

/// Whether the ranges of one context can have mixed: the end of a range does not wait for kernels of another
/// stream, and these then count in the next one. Pure; not thread-safe.
class range_neighbours {
 public:
  /// A launch in the open range.
  void launched(std::int64_t stream) noexcept {
    open_.several = open_.several || (open_.any && open_.stream != stream);
    open_.any = true;
    open_.stream = stream;
  }
  /// A launch on that stream changes nothing here.
  [[nodiscard]] bool knows(std::int64_t stream) const noexcept {
    return open_.several || (open_.any && open_.stream == stream);
  }
  /// The open range, and the one before it where its kernels can still run, are of more than one stream.
  [[nodiscard]] bool several_streams() const noexcept {
    return open_.several || last_.several || (last_.any && open_.any && last_.stream != open_.stream);
  }
  /// The open range ends. \param waited for all kernels of the context
  /// \returns whether it and the one before it can have mixed
  bool ends(bool waited) noexcept {
    bool const mixed = last_.any && open_.any && several_streams();
    last_ = waited ? streams{} : open_;
    open_ = {};
    return mixed;
  }
  /// The profiler has stopped, which waits for all kernels that it counts.
  void stopped() noexcept { last_ = open_ = {}; }

 private:
  struct streams {
    bool any = false;
    bool several = false;
    std::int64_t stream = 0;
  };
  streams last_;  ///< of the range before the open one, where its kernels can still run
  streams open_;
};

}  // namespace flopwatch::collect
