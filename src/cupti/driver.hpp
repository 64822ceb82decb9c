// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace flopwatch::detail {

/// What the CUDA driver says about this machine. It is loaded at run time, so every program starts without
/// one too.
struct driver_status {
  bool usable = false;
  std::string version;  ///< "580.65.06, CUDA 13.0": its own, and the CUDA it supports; "" without one
  std::vector<std::string> devices;  ///< names of the visible devices, in CUDA's order
  std::string reason;                ///< why it is not usable, one clause; "" when it is
};

/// The version that the kernel's part of the driver gives in this file, "580.65.06"; "" where it does not
/// say.
[[nodiscard]] std::string kernel_driver_version(std::string const& path);

/// Asks the driver. The first call initialises it.
[[nodiscard]] driver_status const& cuda_driver();

struct device_choice {
  std::string name;  ///< "cuda:1", or "none"
  std::string gpu;
  std::string driver;
  int index = -1;                ///< N of cuda:N; -1 when no device was chosen
  std::string why_not_measured;  ///< one clause, which follows "not collected:"
};

/// \param device "cuda:N", "cuda" (the same as "cuda:0"), "cpu" or ""
/// \throws usage_error for other text; device_error when that device is not there
[[nodiscard]] device_choice choose_device(std::string const& device, driver_status const& driver);
[[nodiscard]] device_choice choose_device(std::string const& device);

}  // namespace flopwatch::detail
