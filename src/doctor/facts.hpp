// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cupti/locate/candidates.hpp"
#include "flopwatch/error.hpp"

/// \file
/// The facts that `flopwatch doctor` examines. They are gathered first, so that each check is a pure
/// function.

namespace flopwatch::doctor {

/// Whether something was asked, and the result.
struct asked {
  bool done = false;
  std::string error;  ///< the sentence of the error, with its remedy; "" on success
  exit_code code = exit_code::good;
  [[nodiscard]] bool succeeded() const noexcept { return done && error.empty(); }
};

/// The answer of cuptiProfilerDeviceSupported for one property.
enum class support : unsigned char {
  unknown,
  fine,
  disabled,  ///< could be, and was switched off
  refused
};
[[nodiscard]] constexpr bool is_in_the_way(support level) noexcept {
  return level == support::disabled || level == support::refused;
}

struct passes_of_sets {
  asked plan;
  std::string chip;
  int cuda_core = 0, tensor = 0, full = 0;
  std::vector<std::string> lacking = {};  ///< metrics of `full` that the device cannot count
};

/// One kernel of known count was counted.
struct trial_facts {
  asked counting;
  double expected = 0, read = 0;  ///< fused multiply-adds; NaN: CUPTI gave no value
};

/// A visible device.
struct device_facts {
  std::string name;         ///< "NVIDIA H200"
  std::string uuid;         ///< "GPU-..." or "MIG-..."; "" if the driver does not give it
  bool mig = false;         ///< a slice of a GPU
  std::optional<bool> mps;  ///< contexts on it are shared through MPS; nullopt: the driver does not say
  std::string chip;         ///< "GH100"; "" if CUPTI could not be asked
  asked levels;             ///< cuptiProfilerDeviceSupported
  support whole = support::unknown, architecture = support::unknown, sli = support::unknown,
          vgpu = support::unknown, confidential = support::unknown, cmp = support::unknown,
          wsl = support::unknown;
  support sku = support::unknown;  ///< the model of the GPU; unknown before CUPTI 13.1
  asked permission;                ///< cuptiProfilerGetCounterAvailability
  passes_of_sets passes;
  trial_facts trial;  ///< where nothing that was asked before is an obstacle
};

/// A GPU as the kernel driver lists it, visible or not.
struct physical_gpu {
  std::string model;
  std::string uuid;
};

struct environment_facts {
  std::optional<std::string>
      visible_devices;  ///< CUDA_VISIBLE_DEVICES; nullopt if unset, which differs from empty
  std::string cuda_injection, nvtx_injection;  ///< CUDA_INJECTION64_PATH, NVTX_INJECTION64_PATH
  std::string preload;                         ///< LD_PRELOAD
  bool sanitizer_port = false;                 ///< compute-sanitizer set its port for this program
  std::string debugger_setting;                ///< a variable of cuda-gdb's that is set: its name
  bool kineto_daemon = false;                  ///< KINETO_USE_DAEMON
  bool mps_pipe = false;                       ///< there is a control pipe of MPS where programs look for it
};

/// Names of processes as the kernel stores them, at most 15 characters.
struct process_facts {
  bool dcgm = false, mps = false;
  std::vector<std::string> profilers;  ///< "nsys", "ncu", ...
};

struct doctor_facts {
  bool driver_usable = false;
  std::string driver_version;         ///< as driver_status
  std::string driver_error;           ///< as driver_status
  bool kernel_module = false;         ///< /proc/driver/nvidia exists
  std::vector<physical_gpu> gpus;     ///< of /proc/driver/nvidia/gpus
  bool mig_instances = false;         ///< /proc/driver/nvidia/capabilities lists some
  bool wsl = false;                   ///< the kernel is that of WSL
  std::optional<bool> admin_only;     ///< RmProfilingAdminOnly; nullopt: unknown
  bool administrator = false;         ///< root, or CAP_SYS_ADMIN
  bool perfmon = false;               ///< CAP_PERFMON
  std::optional<int> driver_release;  ///< of the kernel's driver: 580 of "580.65.06"; nullopt: unknown
  std::string tracer;                 ///< the program that traces or debugs this one; "" for none
  std::vector<device_facts> devices;  ///< in CUDA's order
  environment_facts environment;
  process_facts processes;

  std::vector<cupti::cupti_candidate> copies;
  std::optional<cupti::loaded_library> used;  ///< the loaded copy of CUPTI
  asked cupti;                                ///< loading it
  asked profiler;                             ///< cuptiProfilerInitialize
  asked callbacks;                            ///< cuptiSubscribe
  passes_of_sets example;                     ///< without a device: the plan for an example chip
};

}  // namespace flopwatch::doctor
