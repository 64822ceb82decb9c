// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <cuda.h>

#include "cupti/api.hpp"
#include "cupti/driver_api.hpp"
#include "gpu/loaded_kernels.hpp"
#include "gpu/probes/probe.hpp"

namespace gpu_probes {

/// The primary context of the device, current on this thread. CUPTI is open; its profiler is not initialised.
class bare_gpu {
 public:
  /// \throws flopwatch::device_error without a GPU or driver; flopwatch::cupti_error
  explicit bare_gpu(setting const& s);

  [[nodiscard]] flopwatch::cupti::api const& cupti() const noexcept { return *cupti_; }
  [[nodiscard]] CUcontext context() const noexcept { return context_.get(); }
  [[nodiscard]] setting const& its_setting() const noexcept { return *setting_; }

 private:
  setting const* setting_;
  flopwatch::cupti::api const* cupti_;
  flopwatch::cupti::primary_context context_;
};

/// The same with the profiler initialised.
class gpu : public bare_gpu {
 public:
  /// \throws as bare_gpu
  explicit gpu(setting const& s);

  [[nodiscard]] std::string const& chip() const noexcept { return chip_; }  ///< as CUPTI spells it
  /// Of the table, the one that the device runs. \throws std::runtime_error when there is none
  [[nodiscard]] std::string architecture() const;
  /// Names without rollup, in CUPTI's order.
  [[nodiscard]] std::vector<std::string> counters() const;

 private:
  std::string chip_;
};

struct grid {
  unsigned blocks = 0;
  unsigned threads = 0;
  int trips = 0;
};

/// One kernel of known count, ready to run in the current context.
class program {
 public:
  /// \param most_blocks of a launch; 0: as many as the table says
  /// \throws std::runtime_error when the table or the folder does not have it for this device
  explicit program(gpu const& device, std::string const& kernel, unsigned most_blocks = 0);

  [[nodiscard]] known_counts::kernel const& kernel() const noexcept { return kernel_; }
  [[nodiscard]] std::string const& metric() const noexcept { return kernel_.metric; }
  [[nodiscard]] CUfunction function() const { return loaded_.function(kernel_.name.c_str()); }
  [[nodiscard]] CUdeviceptr memory() const noexcept { return loaded_.memory(); }
  /// What the table says.
  [[nodiscard]] grid usual() const noexcept;
  /// Thread instructions of one launch.
  [[nodiscard]] std::int64_t expected() const { return expected(usual()); }
  [[nodiscard]] std::int64_t expected(grid const& g) const;

  /// Does not wait.
  [[nodiscard]] CUresult launch() const { return launch(usual(), nullptr); }
  [[nodiscard]] CUresult launch(grid const& g, CUstream stream) const;

 private:
  known_counts::table const* table_;
  known_counts::kernel kernel_;
  known_counts::loaded loaded_;
};

}  // namespace gpu_probes
