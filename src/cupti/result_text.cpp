// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/result_text.hpp"

#include <algorithm>
#include <array>

namespace flopwatch::cupti {
namespace {

constexpr auto internal = "CUPTI answered with a code that its profiling calls should not give";
constexpr auto report_it = "report it with the output of `flopwatch doctor`";
constexpr auto no_counters = "use a GPU that is not set up like this (all but counters works here)";
constexpr auto not_ours = "it concerns no FLOP counter";

constexpr auto usage = exit_code::usage;
constexpr auto no_device = exit_code::no_device;
constexpr auto not_permitted = exit_code::not_permitted;

constexpr std::array<result_line, 48> table{{
    {1, "INVALID_PARAMETER",
     "this CUPTI does not understand the request (another version, or a metric it does not know)",
     "use the libcupti of your CUDA, and see `flopwatch metrics` for the metrics of the chip", usage},
    {2, "INVALID_DEVICE", "there is no such CUDA device", "check the device and CUDA_VISIBLE_DEVICES",
     no_device},
    {3, "INVALID_CONTEXT", "the thread has no CUDA context, or one that is gone",
     "start counting after the first CUDA call, and end it before the context is destroyed", usage},
    {4, "INVALID_EVENT_DOMAIN_ID", internal, report_it, usage},
    {5, "INVALID_EVENT_ID", internal, report_it, usage},
    {6, "INVALID_EVENT_NAME", internal, report_it, usage},
    {7, "INVALID_OPERATION", "the profiler was in the wrong state, or a chunk has more kernels than it takes",
     "make chunks smaller, and report it if that does not help", usage},
    {8, "OUT_OF_MEMORY", "there is not enough memory for the counters",
     "free GPU memory, or make chunks smaller", no_device},
    {9, "HARDWARE", "the counter hardware failed", "try again, and look for Xid messages in dmesg",
     no_device},
    {10, "PARAMETER_SIZE_NOT_SUFFICIENT", "a buffer handed to CUPTI was too small", report_it, usage},
    {11, "API_NOT_IMPLEMENTED", "this CUPTI lacks the function",
     "use the CUPTI of CUDA 12.6 update 2 or newer", no_device},
    {12, "MAX_LIMIT_REACHED", "a limit of CUPTI was reached", "ask for fewer metrics, or make chunks smaller",
     usage},
    {13, "NOT_READY", "the data is not there yet", "synchronise the device and try again", usage},
    {14, "NOT_COMPATIBLE", "two profiling features exclude each other",
     "switch the other profiler in this process off", usage},
    {15, "NOT_INITIALIZED",
     "the driver is missing or older than CUPTI, or libnvperf_host.so is not next to libcupti",
     "update the driver, use a CUPTI no newer than it, or fix the CUPTI installation", no_device},
    {16, "INVALID_METRIC_ID", "this GPU has no such counter",
     "see `flopwatch metrics --chip` for those it has", usage},
    {17, "INVALID_METRIC_NAME", "this GPU has no such counter",
     "see `flopwatch metrics --chip` for those it has", usage},
    {18, "QUEUE_EMPTY", internal, report_it, usage},
    {19, "INVALID_HANDLE", internal, report_it, usage},
    {20, "INVALID_STREAM", internal, report_it, usage},
    {21, "INVALID_KIND", internal, report_it, usage},
    {22, "INVALID_EVENT_VALUE", internal, report_it, usage},
    {23, "DISABLED", "another profiler has switched CUPTI off", "end the other profiler", no_device},
    {24, "INVALID_MODULE", internal, report_it, usage},
    {25, "INVALID_METRIC_VALUE", internal, report_it, usage},
    {26, "HARDWARE_BUSY", "someone else holds the GPU's counters (DCGM, Nsight Compute, another job)",
     "pause it (`dcgmi profile --pause` for DCGM) and try again", no_device},
    {27, "NOT_SUPPORTED", "this GPU, or the way it is set up (MPS, say), gives no access to its counters",
     "run without MPS, on a GPU of the Turing generation or newer", no_device},
    {28, "UM_PROFILING_NOT_SUPPORTED", "unified memory cannot be profiled here", not_ours, usage},
    {29, "UM_PROFILING_NOT_SUPPORTED_ON_DEVICE", "unified memory cannot be profiled on this device", not_ours,
     usage},
    {30, "UM_PROFILING_NOT_SUPPORTED_ON_NON_P2P_DEVICES",
     "unified memory cannot be profiled on devices without peer access", not_ours, usage},
    {31, "UM_PROFILING_NOT_SUPPORTED_WITH_MPS", "unified memory cannot be profiled under MPS", not_ours,
     usage},
    {32, "CDP_TRACING_NOT_SUPPORTED", "kernels launched by kernels cannot be traced", not_ours, usage},
    {33, "VIRTUALIZED_DEVICE_NOT_SUPPORTED", "this virtual GPU has no profiling",
     "use a whole GPU, or a type of vGPU that has profiling", no_device},
    {34, "CUDA_COMPILER_NOT_COMPATIBLE", "the kernels were made by a CUDA compiler that is too old",
     "compile them again", usage},
    {35, "INSUFFICIENT_PRIVILEGES",
     "the driver keeps the GPU's counters for administrators (ERR_NVGPUCTRPERM)",
     "run with CAP_PERFMON (driver 565 or newer), with CAP_SYS_ADMIN or as root (in a container: --cap-add "
     "PERFMON or SYS_ADMIN), or load the nvidia module with NVreg_RestrictProfilingToAdminUsers=0",
     not_permitted},
    {36, "OLD_PROFILER_API_INITIALIZED",
     "a profiler of CUPTI's old event interface is active in this process", "remove it", no_device},
    {37, "OPENACC_UNDEFINED_ROUTINE", "an OpenACC routine is not linked", "link OpenACC dynamically", usage},
    {38, "LEGACY_PROFILER_NOT_SUPPORTED", "a profiler of CUPTI's old interface cannot work on this GPU",
     "update the tool that uses it", no_device},
    {39, "MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED",
     "another profiler is attached to this process (torch.profiler, nsys, ncu, cuda-gdb)", "run without it",
     no_device},
    {40, "VIRTUALIZED_DEVICE_INSUFFICIENT_PRIVILEGES",
     "the hypervisor does not let this virtual GPU be profiled",
     "have its administrator set enable_profiling for this virtual machine", not_permitted},
    {41, "CONFIDENTIAL_COMPUTING_NOT_SUPPORTED", "confidential computing is on, which hides the counters",
     no_counters, no_device},
    {42, "CMP_DEVICE_NOT_SUPPORTED", "a mining card (CMP) gives no counters", no_counters, no_device},
    {43, "MIG_DEVICE_NOT_SUPPORTED", "this MIG slice gives no counters",
     "use a whole GPU, or a separate compute instance", no_device},
    {44, "SLI_DEVICE_NOT_SUPPORTED", "the GPU runs in SLI, which gives no counters", "switch SLI off",
     no_device},
    {45, "WSL_DEVICE_NOT_SUPPORTED", "this WSL gives no counters",
     "use Windows 11 with a driver of 525 or newer", no_device},
    {46, "INVALID_CHIP_NAME", "this CUPTI does not know the chip", "use a newer CUPTI", no_device},
    {47, "HES_TRACE_NOT_SUPPORTED_ON_MPS", "kernels cannot be traced by hardware under MPS", not_ours, usage},
    {999, "UNKNOWN", "CUPTI failed and does not say why",
     "check the driver with nvidia-smi, and without a GPU use a CUPTI from 12.6.80 to 13.1", no_device},
}};

constexpr result_line unknown_line{0, "",
                                   "CUPTI answered with a code that this version of flopwatch does not know",
                                   "use a CUPTI up to 13.1, or a newer flopwatch", usage};

}  // namespace

std::span<result_line const> result_lines() noexcept { return table; }

result_line const& line_of(CUptiResult code) noexcept {
  auto const* const found = std::find_if(table.begin(), table.end(), [&](result_line const& line) {
    return line.code == static_cast<int>(code);
  });
  return found == table.end() ? unknown_line : *found;
}

std::string sentence(CUptiResult code, std::string_view function, std::string_view context) {
  auto const& line = line_of(code);
  std::string out(function);
  if (!context.empty()) out.append(" (").append(context).append(")");
  out.append(": ").append(line.cause).append(" (");
  if (!line.name.empty()) out.append(line.name).append(", ");
  out.append("code ").append(std::to_string(static_cast<int>(code)));
  return out.append("); ").append(line.remedy);
}

void raise(CUptiResult code, std::string_view function, std::string_view context) {
  throw refused_call(sentence(code, function, context), line_of(code).exit, code);
}

}  // namespace flopwatch::cupti
