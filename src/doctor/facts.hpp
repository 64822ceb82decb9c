// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cupti/locate/candidates.hpp"
#include "cupti/opened.hpp"
#include "flopwatch/error.hpp"

/// \file
/// What `flopwatch doctor` looks at, gathered first, so that each check is a function of these alone.

namespace flopwatch::doctor {

/// Whether something was asked, and what came of it.
struct asked {
  bool done = false;
  std::string trouble;  ///< the error's sentence, with its remedy; "" when it went well
  exit_code code = exit_code::good;
  [[nodiscard]] bool went_well() const noexcept { return done && trouble.empty(); }
};

/// What cuptiProfilerDeviceSupported says of one thing.
enum class support : unsigned char { unknown, fine, refused };

struct passes_of_sets {
  asked plan;
  std::string chip;
  int cuda_core = 0, tensor = 0, full = 0;
  std::vector<std::string> lacking = {};  ///< metrics of `full` that the device cannot count
};

/// A visible device.
struct device_facts {
  std::string name;  ///< "NVIDIA H200"
  std::string uuid;  ///< "GPU-..." or "MIG-..."; "" when the driver does not say
  bool mig = false;  ///< a slice of a GPU
  std::string chip;  ///< "GH100"; "" when CUPTI could not be asked
  asked levels;      ///< cuptiProfilerDeviceSupported
  support whole = support::unknown, architecture = support::unknown, sli = support::unknown,
          vgpu = support::unknown, confidential = support::unknown, cmp = support::unknown,
          wsl = support::unknown;
  asked permission;  ///< cuptiProfilerGetCounterAvailability
  passes_of_sets passes;
};

/// A GPU as the kernel's driver lists it, visible or not.
struct physical_gpu {
  std::string model;
  std::string uuid;
};

struct environment_facts {
  std::optional<std::string> visible_devices;  ///< CUDA_VISIBLE_DEVICES; unset is not empty
  std::string cuda_injection, nvtx_injection;  ///< CUDA_INJECTION64_PATH, NVTX_INJECTION64_PATH
  bool kineto_daemon = false;                  ///< KINETO_USE_DAEMON
  bool mps_pipe = false;                       ///< a control pipe of MPS is where programs look for one
};

/// Names of processes of this machine as the kernel has them, 15 characters at most.
struct process_facts {
  bool dcgm = false, mps = false;
  std::vector<std::string> profilers;  ///< "nsys", "ncu", ...
};

struct doctor_facts {
  bool driver_usable = false;
  std::string driver_version;         ///< as driver_status
  std::string driver_trouble;         ///< as driver_status
  bool kernel_module = false;         ///< /proc/driver/nvidia is there
  std::vector<physical_gpu> gpus;     ///< of /proc/driver/nvidia/gpus
  bool mig_instances = false;         ///< /proc/driver/nvidia/capabilities lists some
  bool wsl = false;                   ///< the kernel says that it is WSL's
  std::optional<bool> admin_only;     ///< RmProfilingAdminOnly; nullopt: not told
  bool administrator = false;         ///< root, or CAP_SYS_ADMIN
  std::vector<device_facts> devices;  ///< in CUDA's order
  environment_facts environment;
  process_facts processes;

  std::vector<cupti::found_copy> copies;
  std::optional<cupti::opened_copy> used;  ///< the copy of CUPTI that is open
  asked cupti;                             ///< opening it
  asked profiler;                          ///< cuptiProfilerInitialize
  asked callbacks;                         ///< cuptiSubscribe
  passes_of_sets example;  ///< without a device: the plan of a chip, to see whether planning works
};

}  // namespace flopwatch::doctor
