// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <fstream>
#include <unistd.h>

#include "cupti/struct_sizes.hpp"
#include "gpu/probes/counting.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

namespace cupti = flopwatch::cupti;

/// What stands behind "key:" in a file of such lines; "" when it cannot be read.
std::string line_of_file(char const* path, std::string const& key) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key + ":")) continue;
    auto const at = line.find_first_not_of(" \t", key.size() + 1);
    return at == std::string::npos ? "" : line.substr(at);
  }
  return "";
}

json rights() {
  constexpr unsigned sys_admin = 21;  // linux/capability.h
  constexpr unsigned perfmon = 38;
  auto const text = line_of_file("/proc/self/status", "CapEff");
  auto const set = std::strtoull(text.c_str(), nullptr, 16);
  auto const has = [&](unsigned bit) {
    return text.empty() ? json(nullptr) : json(((set >> bit) & 1U) != 0);
  };
  auto const restricted = line_of_file("/proc/driver/nvidia/params", "RmProfilingAdminOnly");
  return {{"effective_user", geteuid()},
          {"is_root", geteuid() == 0},
          {"has_cap_sys_admin", has(sys_admin)},
          {"has_cap_perfmon", has(perfmon)},
          // The kernel module's name for NVreg_RestrictProfilingToAdminUsers.
          {"restrict_profiling_to_admin_users", restricted.empty() ? json(nullptr) : json(restricted)}};
}

}  // namespace

finding permission(setting const& s) {
  gpu const device(s);
  finding out;
  out.facts = rights();
  std::string refused;
  auto const call = [&](char const* name, CUptiResult code) {
    out.facts[name] = code_of(code);
    if (code != CUPTI_SUCCESS)
      refused += (refused.empty() ? "" : ", ") + std::string(name) + " " + words_for(code);
    return code == CUPTI_SUCCESS;
  };
  auto p = cupti::params<CUpti_Profiler_GetCounterAvailability_Params>();
  p.ctx = device.context();
  call("availability_size", device.cupti().cuptiProfilerGetCounterAvailability(&p));
  std::vector<std::uint8_t> bytes(p.counterAvailabilityImageSize);
  if (!bytes.empty()) {
    p.pCounterAvailabilityImage = bytes.data();
    call("availability", device.cupti().cuptiProfilerGetCounterAvailability(&p));
    out.facts["availability_image_bytes"] = p.counterAvailabilityImageSize;
  }
  raw_profiler profiler(device, metrics_of(device, {"sm__sass_thread_inst_executed_op_ffma_pred_on.sum"}));
  if (call("enable", profiler.enable(device.context()))) {
    if (call("get_counter_data_size", profiler.size(8)) &&
        call("counter_data_image_initialize", profiler.initialise()) &&
        call("set_config", profiler.set_config()) && call("start", profiler.start()))
      call("stop", profiler.stop());
    call("disable", profiler.disable());
  }
  auto const& rule = out.facts["restrict_profiling_to_admin_users"];
  out.answer = refused.empty() ? "Nothing is refused to this user" : "Refused to this user: " + refused;
  out.answer += out.facts["is_root"] == true ? ", who is root" : ", who is not root";
  out.answer +=
      rule.is_null() ? "; the driver does not tell its rule." : "; the driver's rule is " + rule.dump() + ".";
  return out;
}

}  // namespace gpu_probes
