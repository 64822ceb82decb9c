// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include <cuda.h>

#include "gpu/known_counts.hpp"

namespace known_counts {

/// \throws std::runtime_error naming the call and its code, unless that is success
void must(CUresult code, char const* what);

/// Of the table's: the one whose code runs on a device. After cuInit.
/// \throws std::runtime_error when there is none
[[nodiscard]] std::string architecture_of(int device, table const& t);

/// A cubin in the primary context of a device, and memory for one launch.
class loaded {
 public:
  /// Makes the context current, and leaves it so. \throws std::runtime_error
  loaded(int device, std::string const& cubin, std::size_t bytes);
  ~loaded();
  loaded(loaded const&) = delete;
  loaded& operator=(loaded const&) = delete;

  /// Launches with the table's grid and trips, and waits. \throws std::runtime_error
  void launch(char const* kernel, table const& t);
  /// The same on a stream of the driver's (null: the default one), without waiting. Makes the context
  /// current.
  void start(char const* kernel, table const& t, CUstream stream);

  /// For launches of another kind. \throws std::runtime_error
  [[nodiscard]] CUfunction function(char const* kernel) const;
  [[nodiscard]] CUdeviceptr memory() const noexcept { return memory_; }

 private:
  CUdevice device_ = 0;
  CUcontext context_ = nullptr;
  CUmodule module_ = nullptr;
  CUdeviceptr memory_ = 0;
};

}  // namespace known_counts
