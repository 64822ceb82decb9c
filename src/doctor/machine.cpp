// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Checks of the driver and the operating system.
#include <cstddef>
#include <cstdint>
#include <string>

#include "doctor/doctor.hpp"
#include "doctor/visible.hpp"
#include "text/count_text.hpp"

namespace flopwatch::doctor {
namespace {

constexpr auto works_without =
    "without one, operators and formulas are still counted, and report, metrics and recheck work";

std::string remedy_without_driver(doctor_facts const& f) {
  if (f.wsl) {
    return "install the NVIDIA driver in Windows (not in WSL itself), and put /usr/lib/wsl/lib on the "
           "library path";
  }
  if (!f.kernel_module) {
    return std::string(
               "run on a machine with an NVIDIA GPU and its driver (in a container: with --gpus all); ") +
           works_without;
  }
  return "the kernel has the NVIDIA driver, but programs here cannot use it; in a container, start it with "
         "--gpus all and NVIDIA_DRIVER_CAPABILITIES=compute,utility";
}

}  // namespace

doctor_line check_driver(doctor_facts const& f) {
  if (f.driver_usable) return {"driver", finding::good, f.driver_version, "", {}, {}};
  // The driver itself works; check_devices says what hides the devices.
  if (!f.driver_version.empty()) {
    return {"driver",
            finding::bad,
            f.driver_version + ": " + f.driver_error,
            "check whether nvidia-smi lists a GPU, and the value of CUDA_VISIBLE_DEVICES",
            {},
            exit_code::no_device};
  }
  return {"driver", finding::bad, f.driver_error, remedy_without_driver(f), {}, exit_code::no_device};
}

doctor_line check_devices(doctor_facts const& f) {
  doctor_line line{"devices", finding::good, "", "", {}, {}};
  if (f.devices.empty()) {
    line.state = f.driver_version.empty() ? finding::unchecked : finding::bad;
    line.text = f.gpus.empty()
                    ? "none"
                    : "none visible of " + text::counted(static_cast<std::int64_t>(f.gpus.size()), "GPU");
    if (line.state == finding::bad) {
      line.code = exit_code::no_device;
      line.remedy =
          f.mig_instances
              ? "MIG is on: set CUDA_VISIBLE_DEVICES to a slice that `nvidia-smi -L` lists (MIG-...)"
              : "check CUDA_VISIBLE_DEVICES; if MIG is on, create an instance: `nvidia-smi mig -cgi ... -C`";
    }
  } else {
    line.text = text::counted(static_cast<std::int64_t>(f.devices.size()), "device") + " visible";
    for (std::size_t i = 0; i < f.devices.size(); ++i) {
      auto const& d = f.devices[i];
      auto const uuid = d.uuid.empty() ? "" : " (" + d.uuid + ")";
      line.details.push_back("cuda:" + std::to_string(i) + "  " + d.name + uuid);
    }
  }
  return line;
}

doctor_line check_visible_devices(doctor_facts const& f) {
  auto const& value = f.environment.visible_devices;
  if (!value) {
    return {"visible", finding::good, "CUDA_VISIBLE_DEVICES is not set: all devices are visible", "", {}, {}};
  }
  doctor_line line{"visible", finding::good, "CUDA_VISIBLE_DEVICES=" + *value, "", {}, {}};
  bool const nothing_left = f.devices.empty() && !f.driver_version.empty();
  auto const error = visible_devices_error(*value, f.gpus);
  if (error.empty() && !nothing_left) return line;
  line.text += ": " + (error.empty() ? "no device is visible with it" : error);
  line.remedy = "unset it, or name GPUs by their index (from 0) or by the UUIDs that `nvidia-smi -L` lists";
  line.state = finding::note;
  if (nothing_left && !error.empty()) {
    line.state = finding::bad;
    line.code = exit_code::no_device;
  }
  return line;
}

doctor_line check_wsl(doctor_facts const& f) {
  if (!f.wsl) return {"WSL", finding::good, "no", "", {}, {}};
  for (auto const& d : f.devices) {
    if (is_in_the_way(d.wsl)) {
      return {"WSL",
              finding::bad,
              "this WSL does not support counters",
              "use Windows 11 with a driver of 525 or newer",
              {},
              exit_code::no_device};
    }
  }
  return {"WSL",
          finding::note,
          "yes: counters need Windows 11 and a driver of 525 or newer",
          "in Windows, let all users read GPU counters (NVIDIA Control Panel, Developer)",
          {},
          {}};
}

}  // namespace flopwatch::doctor
