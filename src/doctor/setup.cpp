// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Checks of what CUPTI says of the device's setup.
#include <string>

#include "doctor/devices.hpp"
#include "doctor/doctor.hpp"

namespace flopwatch::doctor {
namespace {

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
