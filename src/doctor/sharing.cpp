// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Checks of how a device is shared: MPS and MIG.
#include "doctor/sharing.hpp"

#include <algorithm>
#include <string>

#include "doctor/devices.hpp"
#include "doctor/doctor.hpp"

namespace flopwatch::doctor {
namespace {

constexpr std::string_view before_profile = " MIG ";

constexpr auto leave_mps =
    "stop MPS (`echo quit | nvidia-cuda-mps-control`), or set CUDA_MPS_PIPE_DIRECTORY to an empty folder for the "
    "program that is counted";

doctor_line mps_of(device_facts const& d) {
  if (!d.mps.value_or(false)) return {"", finding::good, "no", "", {}, {}};
  return {"",
          finding::bad,
          "programs share the device through MPS, and its counters count the work of all of them",
          leave_mps,
          {},
          exit_code::no_device};
}

doctor_line mig_of(device_facts const& d) {
  if (!d.mig) return {"", finding::good, "no", "", {}, {}};
  if (!is_shared_slice(d.name))
    return {"", finding::note, "this is an isolated slice of a GPU, which is counted whole", "", {}, {}};
  return {
      "",
      finding::note,
      "this slice shares its GPU instance: its own SMs are counted, and metrics of units that it shares are "
      "not collected",
      "for all metrics use a slice as large as its GPU instance (`nvidia-smi mig -cgi ... -C`), and let nothing "
      "else run in a shared one",
      {},
      {}};
}

}  // namespace

bool is_slice(std::string_view name) noexcept { return name.find(before_profile) != std::string_view::npos; }

bool is_shared_slice(std::string_view name) noexcept {
  auto const at = name.find(before_profile);
  if (at == std::string_view::npos) return false;
  auto const profile = name.substr(at + before_profile.size());
  auto const unit = profile.find_first_not_of("0123456789");
  return unit != 0 && unit != std::string_view::npos && profile.substr(unit).starts_with("c.");
}

doctor_line check_mps(doctor_facts const& f) {
  auto const& all = f.devices;
  if (std::any_of(all.begin(), all.end(), [](device_facts const& d) { return d.mps.value_or(false); }))
    return for_each_device(f, "MPS", mps_of);
  bool const known = !all.empty() && std::all_of(all.begin(), all.end(),
                                                 [](device_facts const& d) { return d.mps.has_value(); });
  if (f.processes.mps && known) {
    return {"MPS",
            finding::note,
            "its control daemon is running, but the driver says that this program does not use it",
            "start the program that is counted with the same CUDA_MPS_PIPE_DIRECTORY as this one",
            {},
            {}};
  }
  if (f.processes.mps) {
    return {"MPS",
            finding::bad,
            "its control daemon is running, and counters count the work of all its clients",
            leave_mps,
            {},
            exit_code::no_device};
  }
  if (f.environment.mps_pipe && !known) {
    return {"MPS",
            finding::note,
            "there is a control pipe, but no daemon was found (it may run outside this container)",
            "if counting is refused, set CUDA_MPS_PIPE_DIRECTORY to an empty folder",
            {},
            {}};
  }
  return {"MPS", finding::good, "no", "", {}, {}};
}

doctor_line check_mig(doctor_facts const& f) {
  auto const& all = f.devices;
  if (std::any_of(all.begin(), all.end(), [](device_facts const& d) { return d.mig; }))
    return for_each_device(f, "MIG", mig_of);
  if (all.empty() && !f.mig_instances)
    return {"MIG", finding::unchecked, "not checked: there is no GPU to ask", "", {}, {}};
  if (f.mig_instances)
    return {"MIG", finding::note, "the machine has MIG slices, but no visible device is one", "", {}, {}};
  return {"MIG", finding::good, "no", "", {}, {}};
}

}  // namespace flopwatch::doctor
