// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What the driver and the operating system tell.
#include <cstddef>
#include <string>

#include "doctor/doctor.hpp"
#include "doctor/visible.hpp"

namespace flopwatch::doctor {
namespace {

constexpr auto works_without =
    "without one, operators and formulas are counted all the same, and report, metrics and recheck work";

std::string counted(std::size_t n, std::string const& one) {
  return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

std::string remedy_without_driver(doctor_facts const& f) {
  if (f.wsl) {
    return "install the NVIDIA driver in Windows (none in WSL itself), and put /usr/lib/wsl/lib on the "
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
  // The driver itself is there; check_devices says what hides the devices.
  if (!f.driver_version.empty()) {
    return {"driver",
            finding::bad,
            f.driver_version + ": " + f.driver_trouble,
            "see whether nvidia-smi lists a GPU, and what CUDA_VISIBLE_DEVICES says",
            {},
            exit_code::no_device};
  }
  return {"driver", finding::bad, f.driver_trouble, remedy_without_driver(f), {}, exit_code::no_device};
}

doctor_line check_devices(doctor_facts const& f) {
  doctor_line line{"devices", finding::good, "", "", {}, {}};
  if (f.devices.empty()) {
    line.state = f.driver_version.empty() ? finding::unchecked : finding::bad;
    line.text = f.gpus.empty() ? "none" : "none visible, of " + counted(f.gpus.size(), "GPU");
    if (line.state == finding::bad) {
      line.code = exit_code::no_device;
      line.remedy =
          f.mig_instances
              ? "MIG is on: set CUDA_VISIBLE_DEVICES to a slice that `nvidia-smi -L` lists (MIG-...)"
              : "see CUDA_VISIBLE_DEVICES; if MIG is on, make an instance: `nvidia-smi mig -cgi ... -C`";
    }
  } else {
    line.text = counted(f.devices.size(), "device") + " visible";
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
  auto const trouble = visible_devices_trouble(*value, f.gpus);
  if (trouble.empty() && !nothing_left) return line;
  line.text += ": " + (trouble.empty() ? "no device is visible with it" : trouble);
  line.remedy = "unset it, or name GPUs by their place from 0 on or by the UUIDs that `nvidia-smi -L` lists";
  line.state = finding::note;
  if (nothing_left && !trouble.empty()) {
    line.state = finding::bad;
    line.code = exit_code::no_device;
  }
  return line;
}

doctor_line check_wsl(doctor_facts const& f) {
  if (!f.wsl) return {"WSL", finding::good, "no", "", {}, {}};
  for (auto const& d : f.devices) {
    if (d.wsl == support::refused) {
      return {"WSL",
              finding::bad,
              "this WSL gives no counters",
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

doctor_line check_mps(doctor_facts const& f) {
  if (f.processes.mps) {
    return {"MPS",
            finding::bad,
            "its control daemon runs, and CUPTI does not count under MPS",
            "end it (`echo quit | nvidia-cuda-mps-control`), or set CUDA_MPS_PIPE_DIRECTORY to an empty "
            "folder for the program that is counted",
            {},
            exit_code::no_device};
  }
  if (f.environment.mps_pipe) {
    return {"MPS",
            finding::note,
            "a control pipe is there, but no daemon is seen (it may run outside this container)",
            "if counting is refused, set CUDA_MPS_PIPE_DIRECTORY to an empty folder",
            {},
            {}};
  }
  return {"MPS", finding::good, "no", "", {}, {}};
}

doctor_line check_mig(doctor_facts const& f) {
  std::string slices;
  for (std::size_t i = 0; i < f.devices.size(); ++i) {
    if (f.devices[i].mig) slices += (slices.empty() ? "cuda:" : ", cuda:") + std::to_string(i);
  }
  if (!slices.empty()) {
    return {"MIG",
            finding::note,
            slices +
                " is a slice of a GPU: what slices share is not collected, and FLOP counters are each "
                "slice's own",
            "give the program a compute instance of its own; one that is shared must run nothing else",
            {},
            {}};
  }
  if (f.devices.empty() && !f.mig_instances)
    return {"MIG", finding::unchecked, "not checked: there is no GPU to ask", "", {}, {}};
  if (f.mig_instances)
    return {
        "MIG", finding::note, "the machine has MIG slices, and none of the visible devices is one", "", {},
        {}};
  return {"MIG", finding::good, "no", "", {}, {}};
}

}  // namespace flopwatch::doctor
