// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Checks of the permission to read counters, and of other programs that hold them.
#include <string>

#include "doctor/devices.hpp"
#include "doctor/doctor.hpp"

namespace flopwatch::doctor {
namespace {

constexpr auto permit =
    "run as root or with CAP_SYS_ADMIN (in a container: --cap-add SYS_ADMIN), or let every user read "
    "counters: put `options nvidia NVreg_RestrictProfilingToAdminUsers=0` into a file of /etc/modprobe.d and "
    "reboot";

std::string rule_text(doctor_facts const& f) {
  if (!f.admin_only) return "";
  return *f.admin_only ? " (the driver reserves them for administrators)" : " (the driver lets every user)";
}

doctor_line permission_on(doctor_facts const& f, device_facts const& d) {
  if (!d.permission.done) return {"", finding::unchecked, no_device_text(f), "", {}, {}};
  if (d.permission.error.empty())
    return {"", finding::good, "counters may be read" + rule_text(f), "", {}, {}};
  if (d.permission.code != exit_code::not_permitted || is_in_the_way(d.vgpu))
    return from_error("", d.permission);
  return {"",     finding::bad, "the driver refuses its counters to this user (ERR_NVGPUCTRPERM)",
          permit, {},           exit_code::not_permitted};
}

/// Our own injection library is not another tool.
bool is_own(std::string const& path) { return path.find("flopwatch") != std::string::npos; }

struct obstacle {
  char const* text = "";
  char const* remedy = "";
  exit_code code = exit_code::no_device;
};

doctor_line setup(doctor_facts const& f, std::string const& name, support device_facts::*level,
                  obstacle const& refused, obstacle const& disabled) {
  return for_each_device(f, name, [&](device_facts const& d) -> doctor_line {
    if (!d.levels.done) return {"", finding::unchecked, no_device_text(f), "", {}, {}};
    if (!d.levels.error.empty()) return {"", finding::unchecked, "CUPTI gives no answer", "", {}, {}};
    if (!is_in_the_way(d.*level)) return {"", finding::good, "no obstacle", "", {}, {}};
    auto const& found = d.*level == support::disabled ? disabled : refused;
    return {"", finding::bad, found.text, found.remedy, {}, found.code};
  });
}

}  // namespace

doctor_line check_permission(doctor_facts const& f) {
  if (!f.devices.empty()) {
    return for_each_device(f, "permission", [&](device_facts const& d) { return permission_on(f, d); });
  }
  if (f.admin_only && *f.admin_only && !f.administrator) {
    return {"permission",
            finding::note,
            "the driver reserves counters for administrators, which this user is not",
            permit,
            {},
            {}};
  }
  return {"permission", finding::unchecked, no_device_text(f), "", {}, {}};
}

doctor_line check_holders(doctor_facts const& f) {
  doctor_line line{"profilers", finding::good, "no other profiler was found", "", {}, {}};
  if (f.callbacks.done && !f.callbacks.error.empty()) line = from_error("profilers", f.callbacks);
  auto const also = [&](finding state, std::string const& text, std::string const& remedy) {
    if (line.state == finding::good) {
      line.state = state;
      line.text = text;
      line.remedy = remedy;
    } else {
      line.details.push_back(text + "; " + remedy);
    }
  };
  if (f.processes.dcgm) {
    also(finding::note, "DCGM (nv-hostengine) is running and may hold the counters",
         "if counting is refused as busy: `dcgmi profile --pause`, and `--resume` afterwards");
  }
  for (auto const& name : f.processes.profilers) {
    also(finding::note, name + " is running and may hold the counters",
         "if counting is refused as busy, wait until it has ended");
  }
  if (f.environment.kineto_daemon) {
    also(finding::note, "KINETO_USE_DAEMON is set: torch's profiler attaches to every PyTorch program",
         "unset it for the program that is counted");
  }
  return line;
}

doctor_line check_injection(doctor_facts const& f) {
  doctor_line line{"injection", finding::good, "no tool is loaded into CUDA programs", "", {}, {}};
  struct {
    char const* name;
    std::string const& value;
  } const variables[] = {{"CUDA_INJECTION64_PATH", f.environment.cuda_injection},
                         {"NVTX_INJECTION64_PATH", f.environment.nvtx_injection}};
  std::string foreign;
  for (auto const& v : variables) {
    if (v.value.empty()) continue;
    line.details.push_back(std::string(v.name) + "=" + v.value);
    if (!is_own(v.value)) foreign += (foreign.empty() ? "" : " and ") + std::string(v.name);
  }
  if (!foreign.empty()) {
    line.state = finding::note;
    line.text = "another tool is loaded into CUDA programs, by " + foreign;
    line.remedy = "unset it for the program that is counted: two tools cannot share the counters";
  } else if (!line.details.empty()) {
    line.text = "flopwatch itself is loaded into CUDA programs";
  }
  return line;
}

doctor_line check_vgpu(doctor_facts const& f) {
  return setup(
      f, "vGPU", &device_facts::vgpu,
      {"this virtual GPU has no profiling", "use a whole GPU, or a type of vGPU that has profiling"},
      {"the profiling of this virtual GPU is switched off",
       "have its administrator set enable_profiling for this virtual machine, in the settings of the "
       "vGPU manager",
       exit_code::not_permitted});
}

doctor_line check_confidential_computing(doctor_facts const& f) {
  obstacle const on{"confidential computing is on and hides the counters",
                    "use a GPU with confidential computing off"};
  return setup(f, "confidential", &device_facts::confidential, on, on);
}

doctor_line check_other_setup(doctor_facts const& f) {
  return for_each_device(f, "setup", [&](device_facts const& d) -> doctor_line {
    if (!d.levels.done) return {"", finding::unchecked, no_device_text(f), "", {}, {}};
    if (!d.levels.error.empty()) return from_error("", d.levels);
    auto const bad = [](char const* text, char const* remedy) {
      return doctor_line{"", finding::bad, text, remedy, {}, exit_code::no_device};
    };
    if (is_in_the_way(d.architecture)) {
      return bad("the GPU is too old for the range profiler", "use a GPU of the Turing generation or newer");
    }
    if (is_in_the_way(d.sli))
      return bad("the GPU runs in SLI, which does not support counters", "switch SLI off");
    if (is_in_the_way(d.cmp)) return bad("a mining card (CMP) does not support counters", "use another GPU");
    if (is_in_the_way(d.sku)) {
      return bad("this CUPTI does not support this model of GPU",
                 "try a newer driver and CUPTI, or use another GPU");
    }
    bool const named = is_in_the_way(d.vgpu) || is_in_the_way(d.confidential) || is_in_the_way(d.wsl);
    if (is_in_the_way(d.whole) && !named) {
      return bad("CUPTI does not support counting here, without giving a reason",
                 "try a newer driver and CUPTI");
    }
    return {"", finding::good, "architecture, model, SLI and CMP are no obstacle", "", {}, {}};
  });
}

}  // namespace flopwatch::doctor
